//! A second thread for the phases before all cores have something to do.
//!
//! In: jobs. Guarantees: they are done in turn. A thread of its own for each would cost more: to begin takes a tenth of a millisecond,
//! and each thread has its own memory to allocate from.

use std::sync::mpsc::{Sender, channel};

type Job = Box<dyn FnOnce() + Send>;

/// Hands jobs to the thread.
#[derive(Clone)]
pub struct Helper(Sender<Job>);

impl Helper {
    /// None: there is only one core, or no thread.
    pub fn start() -> Option<Helper> {
        if crate::compile::threads() < 2 {
            return None;
        }
        let (jobs, queue) = channel::<Job>();
        let run = move || queue.into_iter().for_each(|job| job());
        std::thread::Builder::new().name("helper".into()).spawn(run).ok()?;
        let helper = Helper(jobs);
        // Until there is something to be parsed.
        helper.run(Box::new(escargo_clif::prepare));
        Some(helper)
    }

    pub fn run(&self, job: Job) {
        // A job that has panicked takes the thread with it; who waits for its result will notice.
        let _ = self.0.send(job);
    }
}
