//! Runs finalizers: a goroutine of the runtime's own calls them one after the other.
//!
//! In: `Pacer::finalizable`. Out: calls closure(object).

use crate::arch::{self, ThunkArgs};
use crate::worker::{heap, set_caller_frame, worker};

/// Starts the goroutine if there is something to run and it does not exist.
pub fn start() {
    if !heap().pacer.finalizable.is_empty() && !worker().finalizing {
        worker().finalizing = true;
        crate::sched::start_system_goroutine(0);
    }
}

/// The body of that goroutine.
pub fn run() {
    while let Some((object, closure)) = heap().pacer.finalizable.pop() {
        set_caller_frame(0, 0);
        // SAFETY: a closure of one pointer parameter, by the checks of package runtime.
        unsafe {
            let code = *(closure as *const usize);
            let mut args = ThunkArgs { code, a: closure, b: object, out: [0; 2] };
            crate::panic::call_thunk(arch::call2_thunk, &mut args);
        }
    }
    worker().finalizing = false;
}
