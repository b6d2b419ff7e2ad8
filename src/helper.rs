//! A second thread for the phases before all cores have something to do.
//!
//! In: jobs. Guarantees: they are done in turn. A thread of its own for each would cost more: to begin takes a tenth of a millisecond,
//! and each thread has its own memory to allocate from.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

type Job = Box<dyn FnOnce() + Send>;

/// Hands jobs to the thread.
pub struct Helper {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

impl Helper {
    /// None: there is only one core, or no thread.
    pub fn start() -> Option<Arc<Helper>> {
        if crate::compile::threads() < 2 {
            return None;
        }
        let (jobs, queue) = channel::<Job>();
        let run = move || queue.into_iter().for_each(|job| job());
        // It parses bodies, too.
        let thread =
            std::thread::Builder::new().name("helper".into()).stack_size(crate::STACK).spawn(run).ok()?;
        Some(Arc::new(Helper { jobs, thread }))
    }

    pub fn run(&self, job: Job) {
        // A job that has panicked takes the thread with it; who waits for its result will notice.
        let _ = self.jobs.send(job);
    }

    /// Waits until the thread is gone, if nobody else has jobs for it. Its memory, 8 MB in large pages, is then there for the next
    /// threads, which would otherwise touch pages that the system has to clear.
    pub fn end(helper: Arc<Helper>) {
        if let Some(Helper { jobs, thread }) = Arc::into_inner(helper) {
            drop(jobs);
            // A panic has been noticed by who waited for results.
            let _ = thread.join();
        }
    }
}
