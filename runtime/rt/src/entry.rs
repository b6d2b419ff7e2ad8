//! The entry points in one place: the functions themselves, a stub in front of each, and the table of their addresses.
//!
//! In: `escargo_abi::runtime_functions`. Out: `symbols`, and the symbols `escargo_<name>` for a linker.

pub use crate::chan::{chan_close, chan_make, chan_recv, chan_send};
pub use crate::error::{
    panic_divide, panic_index, panic_index_u, panic_nil, panic_shift, panic_slice, panic_slice_convert,
    panic_unreachable, panic_wrap,
};
pub use crate::events::{profile_events, profile_memory, profile_rate};
pub use crate::export::{c_alloc, c_free, export_return, library_ready};
pub use crate::hash::{iface_equal, memequal, value_equal, value_hash};
pub use crate::iface::{
    assert_iface, assert_iface_ok, panic_assert, resolve_name_off, resolve_text_off, resolve_type_off,
    type_offsets,
};
pub use crate::map::{
    map_assign, map_assign_32, map_assign_64, map_assign_str, map_clear, map_clone, map_delete, map_get,
    map_get_32, map_get_64, map_get_ok, map_get_str, map_iter_init, map_iter_next, map_make, map_make_at,
};
pub use crate::memory::{
    alloc_array, alloc_layout, alloc_slow, fastrand, gc, grow_slice, keep_alive, make_slice,
    make_slice_check, memclr, memmove, register_pool, set_finalizer, set_gc_percent, set_memory_limit,
    typed_clear, typed_move, unsafe_new, unsafe_new_array, write_barrier,
};
pub use crate::mte::{tag_stack, untag_stack};
pub use crate::notify::{signal_action, signal_ignored, signal_pipe};
pub use crate::os::set_crash_output;
pub use crate::os::{
    exit, os_argc, os_argv, os_close, os_envc, os_envv, os_open, os_read, os_seek, os_set_ids, os_syscall,
    os_write,
};
pub use crate::panic::{defer_push, goexit, guard_leave, guard_run, panic, recover};
pub use crate::print::{
    print_bool, print_complex, print_complex64, print_float, print_float32, print_hex, print_iface,
    print_int, print_lock, print_newline, print_pointer, print_slice, print_space, print_string, print_uint,
    print_unlock,
};
pub use crate::process::{os_spawn, os_wait};
pub use crate::profile::{profile_read, profile_stacks, profile_start, profile_stop};
pub use crate::sched::{
    fatal, go_start, gomaxprocs, goroutine_id, gosched, lock_os_thread, num_cpu, num_goroutine,
    set_max_stack, unlock_os_thread,
};
pub use crate::select::select;
pub use crate::sema::{notify_add, notify_all, notify_one, notify_wait, sem_acquire, sem_release};
pub use crate::signal::set_panic_on_fault;
pub use crate::stats::{count_stack_object, mem_stats};
pub use crate::string::{
    bytes_from_string, count_byte, count_runes, decode_rune, fma, index_byte, index_string,
    runes_from_string, string_compare, string_concat, string_concat2, string_from_bytes, string_from_rune,
    string_from_runes,
};
pub use crate::time::{local_offset, nanotime, sleep, timer_start, timer_stop, walltime};
pub use crate::trace::{caller, callers, func_for_pc, set_traceback, stack_trace};

/// Stand for functions that have stubs of their own kind.
pub use crate::arch::{guard_enter, poll};

macro_rules! stubs {
    ($($(#[$doc:meta])* $name:ident($($p:ident),*) -> ($($r:ident),*), $flags:tt, $effects:tt;)*) => {
        /// A stub for each entry point: it notes the caller's frame, for panics and traces, and goes on to the function.
        mod stub {
            $(stub!($name, $flags);)*
        }

        /// Name and address of every entry point, as compiled code is to call it.
        pub fn symbols() -> Vec<(&'static str, *const u8)> {
            vec![$((concat!("escargo_", stringify!($name)), address!($name, $flags)),)*]
        }
    };
}

macro_rules! stub {
    (guard_enter, $flags:literal) => {};
    (poll, $flags:literal) => {};
    ($name:ident, $flags:literal) => {
        crate::entry_stub!(
            concat!("escargo_", stringify!($name)),
            $name,
            crate::entry::$name,
            crate::entry::switches($flags)
        );
    };
}

/// The function itself where nothing asks for the caller's frame.
macro_rules! address {
    (guard_enter, $flags:literal) => {
        guard_enter as *const u8
    };
    (poll, $flags:literal) => {
        poll as *const u8
    };
    ($name:ident, $flags:literal) => {
        if needs_frame(stringify!($name), $flags) { stub::$name as *const u8 } else { $name as *const u8 }
    };
}

/// Whether a function with these flags may come back on another worker.
const fn switches(flags: &str) -> bool {
    let bytes = flags.as_bytes();
    let (mut found, mut i) = (false, 0);
    while i < bytes.len() {
        match bytes[i] {
            b'N' => return false,
            b'Y' => found = true,
            _ => {}
        }
        i += 1;
    }
    found
}

fn needs_frame(name: &str, flags: &str) -> bool {
    // Reports of tagged memory and profiles say where an object was made, or a lock given up.
    flags.contains(['P', 'Y', 'N', 'A']) || matches!(name, "callers" | "sem_release")
}

escargo_abi::runtime_functions!(stubs);
