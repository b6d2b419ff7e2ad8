//! Maps against a model: random operations, iteration under change, keys of all kinds.

mod support;

use escargo_abi::types::kind;
use escargo_rt::Options;
use escargo_rt::map::*;
use std::collections::{HashMap, HashSet};
use support::{Random, map_type, run, scalar, typ};

extern "C" fn model(_: usize) {
    let int = scalar(kind::INT, 8);
    let t = map_type(int, int);
    let mut r = Random(99);
    for universe in [5, 12, 300, 5000] {
        let mut expected: HashMap<i64, i64> = HashMap::new();
        // SAFETY: a map of words.
        unsafe {
            let m = map_make(t, 0);
            for step in 0..30_000i64 {
                let k = r.below(universe) as i64;
                match r.below(6) {
                    0..=2 => {
                        *(map_assign_64(t, m, k) as *mut i64) = step;
                        expected.insert(k, step);
                    }
                    3 => {
                        map_delete(t, m, (&raw const k) as *const u8);
                        expected.remove(&k);
                    }
                    4 if step % 5000 == 1 => {
                        map_clear(t, m);
                        expected.clear();
                    }
                    _ => {
                        let found = map_get_64(t, m, k);
                        assert_eq!(found.b, expected.contains_key(&k) as usize);
                        assert_eq!(*(found.a as *const i64), expected.get(&k).copied().unwrap_or(0));
                    }
                }
                assert_eq!(*(m as *const usize), expected.len());
                if step % 1000 == 0 {
                    assert_eq!(contents(t, m), expected);
                    let copy = map_clone(t, m);
                    assert_eq!(contents(t, copy), expected);
                }
            }
        }
    }
}

/// A word of an iterator: the address of the key, of the element.
fn word(p: *mut Iter, i: usize) -> usize {
    // SAFETY: an iterator has twelve words.
    unsafe { *(p as *const usize).add(i) }
}

unsafe fn contents(t: *const escargo_abi::types::MapType, m: *mut Map) -> HashMap<i64, i64> {
    let mut all = HashMap::new();
    let mut it = [0usize; 12];
    let p = it.as_mut_ptr() as *mut Iter;
    // SAFETY: an iterator and a map of words.
    unsafe {
        map_iter_init(t, m, p);
        while word(p, 0) != 0 {
            let old = all.insert(*(word(p, 0) as *const i64), *(word(p, 1) as *const i64));
            assert!(old.is_none(), "once each");
            map_iter_next(p);
        }
    }
    all
}

#[test]
fn maps_agree_with_a_model() {
    assert_eq!(run(model, Options::default()), 0);
}

extern "C" fn iteration(_: usize) {
    let int = scalar(kind::INT, 8);
    let t = map_type(int, int);
    let mut r = Random(5);
    for size in [3, 8, 9, 100, 3000] {
        // SAFETY: a map of words, an iterator.
        unsafe {
            let m = map_make(t, 0);
            for k in 0..size {
                *(map_assign_64(t, m, k) as *mut i64) = k;
            }
            // Deleting and adding meanwhile: what stays is seen once, what was deleted before its turn never.
            let (mut seen, mut deleted) = (HashSet::new(), HashSet::new());
            let mut it = [0usize; 12];
            let p = it.as_mut_ptr() as *mut Iter;
            map_iter_init(t, m, p);
            let mut added = size;
            while word(p, 0) != 0 {
                let k = *(word(p, 0) as *const i64);
                assert!(!deleted.contains(&k));
                assert!(seen.insert(k));
                let victim = r.below(size as usize) as i64;
                map_delete(t, m, (&raw const victim) as *const u8);
                deleted.insert(victim);
                for _ in 0..3 {
                    *(map_assign_64(t, m, added) as *mut i64) = added;
                    added += 1;
                }
                map_iter_next(p);
            }
            for k in 0..size {
                assert!(seen.contains(&k) || deleted.contains(&k), "{k} of {size}");
            }
        }
    }
}

#[test]
fn iteration_survives_changes() {
    assert_eq!(run(iteration, Options::default()), 0);
}

extern "C" fn kinds(_: usize) {
    let string = typ(kind::STRING, 16, &[0]);
    let float = scalar(kind::FLOAT64, 8);
    // SAFETY: maps of such keys.
    unsafe {
        let t = map_type(string, string);
        let m = map_make(t, 100);
        let words: Vec<String> = (0..2000).map(|i| format!("key {i} {}", "x".repeat(i % 40))).collect();
        for w in &words {
            *(map_assign_str(t, m, w.as_ptr(), w.len() as i64) as *mut [usize; 2]) =
                [w.as_ptr() as usize, w.len()];
        }
        for w in &words {
            // The same text elsewhere, by address and by value.
            let copy = w.clone();
            let key = [copy.as_ptr() as usize, copy.len()];
            for found in [
                map_get_str(t, m, copy.as_ptr(), copy.len() as i64),
                map_get_ok(t, m, key.as_ptr() as *const u8),
            ] {
                assert_eq!(found.b, 1);
                assert_eq!(*(found.a as *const [usize; 2]), [w.as_ptr() as usize, w.len()]);
            }
        }
        let t = map_type(float, scalar(kind::INT32, 4));
        let m = map_make(t, 0);
        for i in 0..20 {
            let nan = f64::NAN;
            *(map_assign(t, m, (&raw const nan) as *const u8) as *mut i32) = i;
        }
        let (zero, negative) = (0.0f64, -0.0f64);
        map_assign(t, m, (&raw const zero) as *const u8);
        map_assign(t, m, (&raw const negative) as *const u8);
        assert_eq!(*(m as *const usize), 21);
        let nan = f64::NAN;
        assert_eq!(map_get_ok(t, m, (&raw const nan) as *const u8).b, 0);
        map_clear(t, m);
        assert_eq!(*(m as *const usize), 0);
        let t = map_type(scalar(kind::INT32, 4), scalar(kind::STRUCT, 0));
        let m = map_make(t, 0);
        for i in -500..500i64 {
            map_assign_32(t, m, i);
        }
        for i in -600..600i64 {
            let key = i as i32;
            assert_eq!(map_get_ok(t, m, (&raw const key) as *const u8).b, (-500..500).contains(&i) as usize);
            assert_eq!(map_get_32(t, m, i).b, (-500..500).contains(&i) as usize);
        }
    }
}

#[test]
fn keys_of_many_kinds() {
    assert_eq!(run(kinds, Options::default()), 0);
    assert_eq!(run(kinds, Options { verify: true, gc_every: 50, ..Options::default() }), 0);
}
