//! The early passes, done while the module is still being made.
//!
//! In: functions, each as soon as its body is there. Out: the same functions after the early passes of the table, in the module that
//! has been finished meanwhile. Guarantees: what comes out does not depend on what was done ahead, because early passes know
//! layouts and nothing else of the module.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use escargo_ir::{Func, FuncId, Layout, Module};

use crate::{PASSES, Run, sroa};

/// A function, and the layouts that the module got since the one before.
type Work = (FuncId, Func, Vec<Layout>);

/// What the thread leaves.
#[derive(Default)]
struct Results {
    done: Vec<(FuncId, Func)>,
    /// Functions that it did not come to.
    left: Vec<(FuncId, Func)>,
}

/// Another thread, which does the early passes; not for modules that debuggers are told of.
pub struct Early {
    work: Sender<Work>,
    /// The module is finished: all threads can do what is left.
    finished: Arc<AtomicBool>,
    results: Receiver<Results>,
    layouts: usize,
}

impl Early {
    /// `helper` has the other thread do something.
    pub fn start(helper: &dyn Fn(Box<dyn FnOnce() + Send>)) -> Early {
        let (work, queue) = channel();
        let (done, results) = channel();
        let finished = Arc::new(AtomicBool::new(false));
        let flag = finished.clone();
        // Nobody receives after a panic, which is reported.
        helper(Box::new(move || drop(done.send(run(&queue, &flag)))));
        Early { work, finished, results, layouts: 0 }
    }

    /// Takes a function's body out of the module. The layouts that exist are complete.
    pub fn take(&mut self, m: &mut Module, id: FuncId) {
        let f = &mut m.funcs[id.index()];
        let header = Func { flags: f.flags, pos: f.pos, ..Func::new(f.name.clone(), f.sig.clone()) };
        let f = std::mem::replace(f, header);
        let layouts = m.layouts[self.layouts..].to_vec();
        self.layouts = m.layouts.len();
        // The thread receives for as long as nothing has gone wrong with it; `finish` reports that.
        let _ = self.work.send((id, f, layouts));
    }

    /// Puts the functions back; for each function of the module, whether its early passes are done.
    pub fn finish(self, m: &mut Module) -> Vec<bool> {
        self.finished.store(true, Ordering::Relaxed);
        drop(self.work);
        let results = self.results.recv().expect("the other thread does what it is given");
        let mut done = vec![false; m.funcs.len()];
        for (id, f) in results.done {
            m.funcs[id.index()] = f;
            done[id.index()] = true;
        }
        for (id, f) in results.left {
            m.funcs[id.index()] = f;
        }
        done
    }
}

fn run(queue: &Receiver<Work>, finished: &AtomicBool) -> Results {
    let (mut module, mut leaves, mut results) =
        (Module::default(), sroa::LeafCache::default(), Results::default());
    while let Ok((id, mut f, layouts)) = queue.recv() {
        if finished.load(Ordering::Relaxed) {
            results.left.push((id, f));
            continue;
        }
        module.layouts.extend(layouts);
        for p in PASSES {
            if let Run::Early(pass) = p.run {
                pass(&module, &mut f, &mut leaves);
            }
        }
        results.done.push((id, f));
    }
    results
}
