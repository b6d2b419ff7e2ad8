//! Goroutines that wait until a file can be read or written: one thread waits for all of them.
//!
//! In: descriptors and goroutines. Out: wake-ups. The thread is started when the first goroutine waits.

use crate::lock::Locked;
use crate::sched::{Goroutine, Wait, about_to_wait, park, ready};
use crate::worker::world;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

struct Waiter {
    fd: i32,
    events: i16,
    g: *mut Goroutine,
}

/// The waiting goroutines.
pub struct Files {
    list: Locked<Vec<Waiter>>,
    count: AtomicUsize,
    /// An event descriptor that interrupts the thread; negative: there is none yet.
    bell: AtomicI32,
}

impl Default for Files {
    fn default() -> Files {
        Files { list: Locked::default(), count: AtomicUsize::new(0), bell: AtomicI32::new(-1) }
    }
}

impl Files {
    /// How many goroutines wait.
    pub fn waiting(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    fn ring(&self) {
        let one = 1u64;
        // SAFETY: eight bytes to an event descriptor.
        unsafe { libc::write(self.bell.load(Ordering::SeqCst), (&raw const one) as *const _, 8) };
    }
}

/// Parks the running goroutine until a file can be read or written without blocking.
pub fn wait_for_file(fd: i32, events: i16) {
    let mut p = libc::pollfd { fd, events, revents: 0 };
    // SAFETY: one pollfd.
    if unsafe { libc::poll(&raw mut p, 1, 0) } != 0 {
        return;
    }
    let files = &world().files;
    let g = about_to_wait(Wait::Io);
    let mut list = files.list.lock();
    let start = files.bell.load(Ordering::SeqCst) < 0;
    if start {
        // SAFETY: no memory is involved.
        let bell = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if bell < 0 {
            crate::os::die("runtime: eventfd failed");
        }
        files.bell.store(bell, Ordering::SeqCst);
    }
    files.count.fetch_add(1, Ordering::SeqCst);
    list.push(Waiter { fd, events, g });
    drop(list);
    if start {
        let failed = std::thread::Builder::new().stack_size(256 << 10).spawn(wait_for_all).is_err();
        if failed {
            crate::os::die("runtime: failed to create new OS thread");
        }
    } else {
        files.ring();
    }
    park();
}

/// The thread's life.
fn wait_for_all() {
    let files = &world().files;
    loop {
        let bell = libc::pollfd { fd: files.bell.load(Ordering::SeqCst), events: libc::POLLIN, revents: 0 };
        let mut polled = vec![bell];
        let known = files.list.lock();
        polled.extend(known.iter().map(|w| libc::pollfd { fd: w.fd, events: w.events, revents: 0 }));
        drop(known);
        // SAFETY: the list is as long as said.
        let n = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, -1) };
        if n <= 0 {
            continue;
        }
        if polled[0].revents != 0 {
            let mut count = 0u64;
            // SAFETY: eight bytes from an event descriptor.
            unsafe { libc::read(bell.fd, (&raw mut count) as *mut _, 8) };
        }
        // Only this thread takes waiters out: the ones polled are the first of the list.
        let mut woken = Vec::new();
        let mut list = files.list.lock();
        let mut i = 0;
        let polled = &polled[1..];
        list.retain(|w| {
            let done = polled.get(i).is_some_and(|p| p.revents != 0);
            i += 1;
            if done {
                woken.push(w.g);
            }
            !done
        });
        drop(list);
        crate::threads::from_outside(|| {
            files.count.fetch_sub(woken.len(), Ordering::SeqCst);
            woken.iter().for_each(|&g| ready(g));
        });
    }
}
