//! Tasks that need one another, done by several threads.
//!
//! In: tasks `0..n`, and which of lower numbers each needs. Out: each is done once, after those that it needs. Guarantees: what a
//! task has left behind is seen by those that need it or wait for it; with one thread, tasks are done in the order of their numbers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard};

pub struct Tasks {
    count: usize,
    /// Threads beside the caller's.
    helpers: usize,
    /// By task: where in `needed_by` those that need it begin.
    starts: Vec<u32>,
    needed_by: Vec<u32>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// By task: how many tasks it still waits for.
    left: Vec<u32>,
    done: Vec<bool>,
    /// Tasks that wait for none. The lowest come first: those that most others can be waiting for.
    ready: BinaryHeap<Reverse<u32>>,
    /// How many nobody has taken.
    open: usize,
    /// Threads that sleep, and those among them that wait for a certain task.
    asleep: usize,
    waiting: usize,
    panicked: bool,
}

impl Tasks {
    /// `needs` makes pairs of a task and one that it needs, the same pair any number of times; it is asked only if there are helpers.
    pub fn new(count: usize, helpers: usize, needs: impl FnOnce() -> Vec<(u32, u32)>) -> Tasks {
        let needs = if helpers == 0 { Vec::new() } else { needs() };
        let mut left = vec![0; count];
        let mut starts = vec![0u32; count + 1];
        for &(task, needed) in &needs {
            debug_assert!(needed < task);
            left[task as usize] += 1;
            starts[needed as usize] += 1;
        }
        // Where a task's list ends; each entry moves that down to where it begins.
        let mut end = 0;
        for s in &mut starts {
            end += *s;
            *s = end;
        }
        let mut needed_by = vec![0; needs.len()];
        for &(task, needed) in &needs {
            let start = &mut starts[needed as usize];
            *start -= 1;
            needed_by[*start as usize] = task;
        }
        let ready = (0..count as u32).filter(|&t| left[t as usize] == 0).map(Reverse).collect();
        let done = vec![false; count];
        let state = State { left, done, ready, open: count, asleep: 0, waiting: 0, panicked: false };
        Tasks { count, helpers, starts, needed_by, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Does all tasks. Each thread has a state of its own.
    pub fn run<S>(&self, state: impl Fn() -> S + Sync, work: impl Fn(&mut S, usize) + Sync) {
        if self.helpers == 0 {
            let mut s = state();
            (0..self.count).for_each(|t| work(&mut s, t));
            return;
        }
        let thread = || {
            let _end = End(self);
            let mut s = state();
            let mut last = None;
            while let Some(t) = self.next(last, None) {
                work(&mut s, t as usize);
                last = Some(t);
            }
        };
        std::thread::scope(|s| {
            for _ in 0..self.helpers {
                s.spawn(thread);
            }
            thread();
        });
    }

    /// Called by a task that turns out to need a lower one: returns when that is done, and does lower ones meanwhile. No thread waits
    /// for ever: of the tasks that are not done, the lowest waits for none, and all that wait take it if nobody else has.
    pub fn wait(&self, task: usize, mut work: impl FnMut(usize)) {
        let mut last = None;
        while let Some(t) = self.next(last, Some(task as u32)) {
            work(t as usize);
            last = Some(t);
        }
        let done = self.lock().done[task];
        assert!(done, "another thread has panicked");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the list")
    }

    /// Takes another task when the last one is done; sleeps until there is one. None: all are taken, or `awaited` is done.
    fn next(&self, last: Option<u32>, awaited: Option<u32>) -> Option<u32> {
        let mut s = self.lock();
        if let Some(last) = last {
            let last = last as usize;
            s.done[last] = true;
            for &t in &self.needed_by[self.starts[last] as usize..self.starts[last + 1] as usize] {
                s.left[t as usize] -= 1;
                if s.left[t as usize] == 0 {
                    s.ready.push(Reverse(t));
                }
            }
        }
        let taken = loop {
            let end = awaited.map_or(s.open == 0, |t| s.done[t as usize]);
            if end || s.panicked {
                break None;
            }
            if s.ready.peek().is_some_and(|t| t.0 <= awaited.unwrap_or(u32::MAX)) {
                s.open -= 1;
                break s.ready.pop();
            }
            s.asleep += 1;
            s.waiting += usize::from(awaited.is_some());
            s = self.changed.wait(s).expect("nobody panics with the list");
        };
        let wake = if s.waiting > 0 || s.open == 0 { s.asleep } else { s.asleep.min(s.ready.len()) };
        // Whoever is woken does not count any more, however long that takes.
        s.asleep -= wake;
        s.waiting = 0;
        drop(s);
        match wake {
            0 => {}
            1 => self.changed.notify_one(),
            _ => self.changed.notify_all(),
        }
        taken.map(|t| t.0)
    }
}

/// A thread that panics keeps no other waiting.
struct End<'a>(&'a Tasks);

impl Drop for End<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().panicked = true;
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::OnceLock;

    /// Tasks that need the two whose numbers are a half and a third of theirs, and one that they only find out about.
    #[test]
    fn tasks_come_after_what_they_need() {
        const N: usize = 3000;
        for helpers in [0, 1, 3] {
            let needs =
                || (2..N as u32).flat_map(|t| [(t, t / 2), (t, t / 3), (t, t / 3)]).collect::<Vec<_>>();
            let tasks = Tasks::new(N, helpers, needs);
            let results: Vec<OnceLock<u64>> = (0..N).map(|_| OnceLock::new()).collect();
            fn work(tasks: &Tasks, results: &[OnceLock<u64>], t: usize) {
                let mut sum = t as u64;
                if t >= 2 {
                    sum += results[t / 2].get().expect("a half is done") / 2;
                    sum += results[t / 3].get().expect("a third is done") / 3;
                    let late = t - 1 - t % 7 % t;
                    if results[late].get().is_none() {
                        tasks.wait(late, |t| work(tasks, results, t));
                    }
                    sum += results[late].get().expect("it was waited for") / 5;
                }
                results[t].set(sum).expect("a task is done once");
            }
            tasks.run(|| (), |(), t| work(&tasks, &results, t));
            let mut expected = vec![0, 1];
            for t in 2..N {
                expected.push(
                    t as u64 + expected[t / 2] / 2 + expected[t / 3] / 3 + expected[t - 1 - t % 7 % t] / 5,
                );
            }
            assert!(results.iter().map(|r| r.get()).eq(expected.iter().map(Some)));
        }
    }

    #[test]
    #[should_panic]
    fn a_panic_ends_all_threads() {
        let tasks = Tasks::new(10, 2, || (1..10).map(|t| (t, t - 1)).collect());
        tasks.run(|| (), |(), t| assert!(t != 5));
    }
}
