//! Pass `bounds`: removes checks that conditions, loops and earlier checks prove.
//!
//! In and out: one function in SSA form. A walk over the dominator tree keeps facts `a <= b + c` between I64 values (as
//! integers, without wrap-around) and constant ranges; a check goes when a short search finds a proof. Loop variables that
//! step by a constant get bounds by induction: from the condition on the back edge (or at the header) and the values at entry.
//! Relies on the IR's rule that the second operand of a check against a length or capacity is not negative where the check stands.

mod range;

use escargo_ir::{BinOp, Block, Cfg, Check, DomTree, Func, IntCC, Op, Rt, Step, Type, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::edit::{def_op, konst};
use crate::fold::invert;

/// Steps of one proof.
const BUDGET: u32 = 60;
const DEPTH: u32 = 6;

/// `a <= b + c`; without b, `a <= c`.
#[derive(Clone, Copy)]
struct Fact {
    a: Value,
    b: Value,
    c: i64,
}

enum Undo {
    Up(Value),
    Down(Value),
    Low(Value, i64),
    High(Value, i64),
}

struct Bounds<'f> {
    f: &'f mut Func,
    /// By a: (b, c); by b: (a, c).
    up: FxHashMap<Value, SmallVec<[(Value, i64); 4]>>,
    down: FxHashMap<Value, SmallVec<[(Value, i64); 4]>>,
    low: Vec<i64>,
    high: Vec<i64>,
    undo: Vec<Undo>,
    /// Blocks that define values.
    home: Vec<Block>,
}

pub fn run(f: &mut Func) {
    if f.is_declared_only() {
        return;
    }
    let has_checks =
        f.order.iter().any(|&b| f.block(b).insts.iter().any(|&i| matches!(f.inst(i).op, Op::Check { .. })));
    if !has_checks {
        return;
    }
    let cfg = Cfg::new(f);
    let dom = DomTree::new(&cfg);
    let mut home = vec![Block(u32::MAX); f.values.len()];
    let mut low = vec![i64::MIN; f.values.len()];
    for &b in &cfg.rpo {
        for &p in &f.block(b).params {
            home[p.index()] = b;
        }
        for &i in &f.block(b).insts {
            for &r in &f.inst(i).results {
                home[r.index()] = b;
            }
        }
    }
    lengths(f, &cfg, &mut low);
    let high = vec![i64::MAX; f.values.len()];
    let mut s =
        Bounds { f, up: FxHashMap::default(), down: FxHashMap::default(), low, high, undo: Vec::new(), home };
    // How much there was to undo before a block.
    let mut marks = Vec::new();
    for step in dom.walk() {
        let b = match step {
            Step::Leave => {
                s.leave(marks.pop().expect("a block was entered"));
                continue;
            }
            Step::Enter(b) => b,
        };
        marks.push(s.undo.len());
        if let [p] = *cfg.preds(b) {
            for fact in s.edge_facts(p, b) {
                s.assume(fact);
            }
        }
        s.params(&cfg, &dom, b);
        s.block(b);
    }
}

const ZERO: Value = Value(u32::MAX);

/// Whether a check's second operand is a length or a capacity.
fn against_length(check: Check) -> bool {
    matches!(
        check,
        Check::Index
            | Check::IndexU
            | Check::SliceAlen
            | Check::SliceAcap
            | Check::Slice3Alen
            | Check::Slice3Acap
    )
}

/// Lengths and capacities are not negative wherever they are known, but a number that becomes the length of `s[:n]`, of
/// `make([]T, n)` or of `unsafe.Slice(p, n)` is a length only from there on. So not what is computed, is checked as an index or bound,
/// counts elements, or is compared as nobody compares a length: for its sign, with a negative number, without a sign with a limit.
fn lengths(f: &Func, cfg: &Cfg, low: &mut [i64]) {
    let mut numbers: Vec<Value> = Vec::new();
    for &b in &cfg.rpo {
        for &i in &f.block(b).insts {
            match &f.inst(i).op {
                Op::Check { check, x, y } => {
                    numbers.push(*x);
                    if let Some(y) = *y
                        && against_length(*check)
                        && !matches!(def_op(f, y), Some(Op::Binary(..) | Op::Select(..) | Op::Convert { .. }))
                    {
                        low[y.index()] = 0;
                    }
                }
                Op::Alloc { count: Some(n), .. } => numbers.push(*n),
                Op::CallRt { site: Some(_), args, .. }
                | Op::CallRt { rt: Rt::make_slice_check, args, .. } => numbers.extend(args.iter().copied()),
                Op::Icmp(cc, x, y) => {
                    let (a, b) = (konst(f, *x), konst(f, *y));
                    let number = a.is_some_and(|k| k < 0)
                        || b.is_some_and(|k| k < 0)
                        || match cc {
                            IntCC::Slt | IntCC::Sge => b == Some(0),
                            IntCC::Sgt | IntCC::Sle => a == Some(0),
                            IntCC::Ult | IntCC::Ule | IntCC::Ugt | IntCC::Uge => a.is_some() || b.is_some(),
                            IntCC::Eq | IntCC::Ne => false,
                        };
                    if number {
                        numbers.extend([*x, *y]);
                    }
                }
                _ => {}
            }
        }
    }
    for n in numbers {
        low[n.index()] = i64::MIN;
    }
}

impl Bounds<'_> {
    fn leave(&mut self, mark: usize) {
        while self.undo.len() > mark {
            match self.undo.pop() {
                Some(Undo::Up(v)) => {
                    self.up.get_mut(&v).map(|l| l.pop());
                }
                Some(Undo::Down(v)) => {
                    self.down.get_mut(&v).map(|l| l.pop());
                }
                Some(Undo::Low(v, old)) => self.low[v.index()] = old,
                Some(Undo::High(v, old)) => self.high[v.index()] = old,
                None => {}
            }
        }
    }

    fn set_low(&mut self, v: Value, n: i64) {
        if n > self.low[v.index()] {
            self.undo.push(Undo::Low(v, self.low[v.index()]));
            self.low[v.index()] = n;
        }
    }

    fn set_high(&mut self, v: Value, n: i64) {
        if n < self.high[v.index()] {
            self.undo.push(Undo::High(v, self.high[v.index()]));
            self.high[v.index()] = n;
        }
    }

    fn assume(&mut self, Fact { a, b, c }: Fact) {
        if a == b {
            return;
        }
        if b == ZERO {
            return self.set_high(a, c);
        }
        if a == ZERO {
            // 0 <= b + c
            return self.set_low(b, c.saturating_neg());
        }
        self.up.entry(a).or_default().push((b, c));
        self.undo.push(Undo::Up(a));
        self.down.entry(b).or_default().push((a, c));
        self.undo.push(Undo::Down(b));
    }

    // ---- proofs

    /// Whether a <= b + c, as integers.
    fn prove(&self, a: Value, b: Value, c: i128) -> bool {
        let mut budget = BUDGET;
        self.search(a, b, c, DEPTH, &mut budget)
    }

    fn search(&self, a: Value, b: Value, c: i128, depth: u32, budget: &mut u32) -> bool {
        if a == b {
            return c >= 0;
        }
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        let (ra, rb) = (self.range(a, 3), self.range(b, 3));
        if i128::from(ra.1) <= i128::from(rb.0) + c {
            return true;
        }
        if depth == 0 {
            return false;
        }
        if let Some(list) = self.up.get(&a) {
            for &(z, k) in list.iter().rev() {
                if self.search(z, b, c - i128::from(k), depth - 1, budget) {
                    return true;
                }
            }
        }
        if let Some(list) = self.down.get(&b) {
            for &(z, k) in list.iter().rev() {
                if self.search(a, z, c - i128::from(k), depth - 1, budget) {
                    return true;
                }
            }
        }
        false
    }

    /// Whether x + k does not wrap.
    fn exact_add(&self, x: Value, k: i64) -> bool {
        let (lo, hi) = self.range(x, 3);
        if hi.checked_add(k).is_some() && lo.checked_add(k).is_some() {
            return true;
        }
        if k > 0 {
            // x <= z + c with c <= -k keeps room above.
            hi <= i64::MAX - k || self.up.get(&x).is_some_and(|l| l.iter().any(|&(_, c)| c <= -k))
        } else {
            lo >= i64::MIN.saturating_sub(k)
                || self.down.get(&x).is_some_and(|l| l.iter().any(|&(_, c)| c <= k))
        }
    }

    // ---- facts

    fn edge_facts(&self, from: Block, to: Block) -> SmallVec<[Fact; 4]> {
        let mut out = SmallVec::new();
        if let Some(Op::Branch { cond, then, els, .. }) = self.f.terminator(from).map(|t| &t.op)
            && then != els
        {
            self.condition(*cond, *then == to, 4, &mut out);
        }
        out
    }

    fn condition(&self, cond: Value, truth: bool, depth: u32, out: &mut SmallVec<[Fact; 4]>) {
        match def_op(self.f, cond) {
            Some(Op::Icmp(cc, x, y)) => self.comparison(if truth { *cc } else { invert(*cc) }, *x, *y, out),
            Some(Op::Binary(BinOp::And, x, y)) if truth && depth > 0 && self.f.ty(*x) == Type::I8 => {
                self.condition(*x, true, depth - 1, out);
                self.condition(*y, true, depth - 1, out);
            }
            Some(Op::Binary(BinOp::Or, x, y)) if !truth && depth > 0 && self.f.ty(*x) == Type::I8 => {
                self.condition(*x, false, depth - 1, out);
                self.condition(*y, false, depth - 1, out);
            }
            Some(Op::Binary(BinOp::Xor, x, y)) if depth > 0 && konst(self.f, *y) == Some(1) => {
                self.condition(*x, !truth, depth - 1, out);
            }
            _ => {}
        }
    }

    fn comparison(&self, cc: IntCC, x: Value, y: Value, out: &mut SmallVec<[Fact; 4]>) {
        if self.f.ty(x) != Type::I64 {
            return;
        }
        let mut le = |a: Value, b: Value, c: i64| {
            // Constants as bounds, not as values.
            match (konst(self.f, a), konst(self.f, b)) {
                (None, Some(k)) => {
                    out.extend(k.checked_add(c).map(|c| Fact { a, b: ZERO, c }));
                }
                (Some(k), None) => {
                    out.extend(c.checked_sub(k).map(|c| Fact { a: ZERO, b, c }));
                }
                _ => {}
            }
            out.push(Fact { a, b, c });
        };
        match cc {
            IntCC::Slt => le(x, y, -1),
            IntCC::Sle => le(x, y, 0),
            IntCC::Sgt => le(y, x, -1),
            IntCC::Sge => le(y, x, 0),
            IntCC::Eq => {
                le(x, y, 0);
                le(y, x, 0);
            }
            IntCC::Ne => {
                if self.prove(x, y, 0) {
                    le(x, y, -1);
                } else if self.prove(y, x, 0) {
                    le(y, x, -1);
                }
            }
            IntCC::Ult if self.lo(y) >= 0 => {
                le(x, y, -1);
                out.push(Fact { a: ZERO, b: x, c: 0 });
            }
            IntCC::Ule if self.lo(y) >= 0 => {
                le(x, y, 0);
                out.push(Fact { a: ZERO, b: x, c: 0 });
            }
            IntCC::Ugt if self.lo(x) >= 0 => {
                le(y, x, -1);
                out.push(Fact { a: ZERO, b: y, c: 0 });
            }
            IntCC::Uge if self.lo(x) >= 0 => {
                le(y, x, 0);
                out.push(Fact { a: ZERO, b: y, c: 0 });
            }
            _ => {}
        }
    }

    /// Bounds of the parameters of a block.
    fn params(&mut self, cfg: &Cfg, dom: &DomTree, b: Block) {
        let preds = cfg.preds(b);
        if preds.len() < 2 {
            return;
        }
        for n in 0..self.f.block(b).params.len() {
            let p = self.f.block(b).params[n];
            if self.f.ty(p) != Type::I64 {
                continue;
            }
            // Arguments: (edge's source, value, constant step if it is p + k on a back edge).
            let mut entry: SmallVec<[(Block, Value); 4]> = SmallVec::new();
            let mut back: SmallVec<[(Block, Value, i64); 4]> = SmallVec::new();
            let mut plain = true;
            let mut done: SmallVec<[Block; 4]> = SmallVec::new();
            for &q in preds {
                if done.contains(&q) {
                    continue;
                }
                done.push(q);
                let mut args: SmallVec<[Value; 2]> = SmallVec::new();
                if let Some(t) = self.f.terminator(q) {
                    crate::edit::for_each_edge(&t.op, |to, a| {
                        if to == b {
                            args.extend(a.get(n).copied());
                        }
                    });
                }
                for a in args {
                    if !dom.dominates(b, q) {
                        entry.push((q, a));
                    } else if a == p {
                        continue;
                    } else {
                        match def_op(self.f, a) {
                            Some(Op::Binary(BinOp::Add, x, k)) if *x == p => match konst(self.f, *k) {
                                Some(k) => back.push((q, a, k)),
                                None => plain = false,
                            },
                            Some(Op::Binary(BinOp::Sub, x, k)) if *x == p => {
                                match konst(self.f, *k).and_then(i64::checked_neg) {
                                    Some(k) => back.push((q, a, k)),
                                    None => plain = false,
                                }
                            }
                            _ => plain = false,
                        }
                    }
                }
            }
            if back.is_empty() && plain {
                self.join(b, p, &entry);
            } else if plain && !entry.is_empty() {
                self.induction(cfg, dom, b, p, &entry, &back);
            }
        }
    }

    /// A parameter without back edges: the hull of its arguments' ranges.
    fn join(&mut self, b: Block, p: Value, entry: &[(Block, Value)]) {
        let (mut lo, mut hi) = (i64::MAX, i64::MIN);
        for &(q, a) in entry {
            let mut r = self.range(a, 3);
            for fact in self.edge_facts(q, b) {
                if fact.a == a && fact.b == ZERO {
                    r.1 = r.1.min(fact.c);
                }
                if fact.b == a && fact.a == ZERO {
                    r.0 = r.0.max(fact.c.saturating_neg());
                }
            }
            lo = lo.min(r.0);
            hi = hi.max(r.1);
        }
        if lo <= hi {
            self.set_low(p, lo);
            self.set_high(p, hi);
        }
    }

    fn induction(
        &mut self,
        cfg: &Cfg,
        dom: &DomTree,
        b: Block,
        p: Value,
        entry: &[(Block, Value)],
        back: &[(Block, Value, i64)],
    ) {
        let up = back.iter().all(|x| x.2 > 0);
        let down = back.iter().all(|x| x.2 < 0);
        if !up && !down {
            return;
        }
        let outside = |s: &Bounds, v: Value| {
            v == ZERO
                || konst(s.f, v).is_some()
                || (dom.dominates(s.home[v.index()], b) && s.home[v.index()] != b)
        };
        // What all back edges say of their arguments, in the direction of the steps.
        let mut bounds: SmallVec<[(Value, i64); 4]> = SmallVec::new();
        for (n, &(q, a, _)) in back.iter().enumerate() {
            let mut here: SmallVec<[(Value, i64); 4]> = SmallVec::new();
            for fact in self.edge_facts(q, b) {
                if up && fact.a == a && outside(self, fact.b) {
                    here.push((fact.b, fact.c));
                }
                if down && fact.b == a && outside(self, fact.a) {
                    here.push((fact.a, fact.c));
                }
            }
            if n == 0 {
                bounds = here;
            } else {
                bounds.retain(|x| here.contains(x));
            }
        }
        // Facts of the entry edges help the arguments at entry.
        let mut proved: SmallVec<[(Value, i64); 4]> = SmallVec::new();
        for (z, c) in bounds {
            let all = entry.iter().all(|&(q, e)| {
                let facts = self.edge_facts(q, b);
                let by_edge = facts.iter().any(|x| {
                    if up { x.a == e && x.b == z && x.c <= c } else { x.b == e && x.a == z && x.c <= c }
                });
                by_edge || if up { self.prove(e, z, i128::from(c)) } else { self.prove(z, e, i128::from(c)) }
            });
            if all {
                proved.push((z, c));
            }
        }
        for &(z, c) in &proved {
            self.assume(if up { Fact { a: p, b: z, c } } else { Fact { a: z, b: p, c } });
        }
        // Without wrap-around the variable stays on its side of where it began.
        let exact = back
            .iter()
            .all(|&(_, a, k)| self.exact_add(p, k) || self.tested_at_header(cfg, dom, b, p, a, up, k));
        if !exact {
            return;
        }
        if let [(_, e)] = entry[..] {
            self.assume(if up { Fact { a: e, b: p, c: 0 } } else { Fact { a: p, b: e, c: 0 } });
        }
        let ranges: SmallVec<[(i64, i64); 4]> = entry.iter().map(|x| self.range(x.1, 3)).collect();
        if up {
            self.set_low(p, ranges.iter().map(|r| r.0).min().unwrap_or(i64::MIN));
        } else {
            self.set_high(p, ranges.iter().map(|r| r.1).max().unwrap_or(i64::MAX));
        }
    }

    /// The header itself tests the variable, and the step is taken behind that test.
    fn tested_at_header(
        &self,
        cfg: &Cfg,
        dom: &DomTree,
        b: Block,
        p: Value,
        step: Value,
        up: bool,
        k: i64,
    ) -> bool {
        let Some(Op::Branch { then, els, .. }) = self.f.terminator(b).map(|t| &t.op) else { return false };
        [*then, *els].into_iter().any(|t| {
            dom.dominates(t, self.home[step.index()])
                && t != b
                && cfg.preds(t).len() == 1
                && self.edge_facts(b, t).iter().any(|x| {
                    if up {
                        x.a == p && (x.c <= -k || (x.b == ZERO && x.c <= i64::MAX - k))
                    } else {
                        x.b == p && (x.c <= k || (x.a == ZERO && x.c <= i64::MAX + k))
                    }
                })
        })
    }

    // ---- the walk

    fn block(&mut self, b: Block) {
        let insts = std::mem::take(&mut self.f.blocks[b.index()].insts);
        let mut kept = Vec::with_capacity(insts.len());
        for i in insts {
            let data = self.f.inst(i);
            match data.op {
                Op::Check { check, x, y } => {
                    if let Some(y) = y.filter(|_| against_length(check)) {
                        self.set_low(y, 0);
                    }
                    if self.proved(check, x, y) {
                        continue;
                    }
                    self.passed(check, x, y);
                }
                Op::Binary(op, x, y) if self.f.ty(x) == Type::I64 => {
                    let r = data.results[0];
                    self.arithmetic(op, r, x, y);
                }
                Op::Icmp(cc, x, y) if self.f.ty(x) == Type::I64 => {
                    if let Some(k) = konst(self.f, y)
                        && let Some(known) = self.compared(cc, x, k)
                    {
                        self.f.insts[i.index()].op = Op::Iconst { ty: Type::I8, value: i64::from(known) };
                    }
                }
                Op::Select(c, x, y) if self.f.ty(x) == Type::I64 => {
                    let r = data.results[0];
                    self.minimum(r, c, x, y);
                }
                _ => {}
            }
            kept.push(i);
        }
        self.f.blocks[b.index()].insts = kept;
    }

    /// How a comparison with a constant ends, if the range says so.
    fn compared(&self, cc: IntCC, x: Value, k: i64) -> Option<bool> {
        let (lo, hi) = self.range(x, 3);
        let (below, above) = (hi < k, lo > k);
        match cc {
            IntCC::Eq | IntCC::Ne if below || above => Some(cc == IntCC::Ne),
            IntCC::Slt | IntCC::Sge if below || lo >= k => Some((cc == IntCC::Slt) == below),
            IntCC::Sle | IntCC::Sgt if above || hi <= k => Some((cc == IntCC::Sgt) == above),
            _ => None,
        }
    }

    fn proved(&self, check: Check, x: Value, y: Option<Value>) -> bool {
        match (check, y) {
            (Check::Div, _) => {
                let (lo, hi) = self.range(x, 4);
                lo > 0 || hi < 0
            }
            (Check::Shift, _) => self.lo(x) >= 0,
            (Check::Index | Check::IndexU, Some(y)) => self.lo(x) >= 0 && self.prove(x, y, -1),
            (Check::SliceConvert, Some(y)) => self.prove(y, x, 0),
            (_, Some(y)) => self.lo(x) >= 0 && self.prove(x, y, 0),
            _ => false,
        }
    }

    /// What holds behind a check.
    fn passed(&mut self, check: Check, x: Value, y: Option<Value>) {
        match (check, y) {
            (Check::Div, _) => {
                if self.lo(x) >= 0 {
                    self.set_low(x, 1);
                }
            }
            (Check::Shift, _) => self.set_low(x, 0),
            (Check::SliceConvert, Some(y)) => self.assume(Fact { a: y, b: x, c: 0 }),
            (_, Some(y)) => {
                let c = if matches!(check, Check::Index | Check::IndexU) { -1 } else { 0 };
                self.set_low(x, 0);
                if let Some(k) = konst(self.f, x) {
                    self.set_low(y, k.saturating_sub(c));
                }
                if let Some(k) = konst(self.f, y) {
                    self.set_high(x, k.saturating_add(c));
                }
                self.assume(Fact { a: x, b: y, c });
            }
            _ => {}
        }
    }

    /// Relations between a result and its operands.
    fn arithmetic(&mut self, op: BinOp, r: Value, x: Value, y: Value) {
        match op {
            BinOp::Add => {
                if let Some(k) = konst(self.f, y) {
                    if k != i64::MIN && self.exact_add(x, k) {
                        self.assume(Fact { a: r, b: x, c: k });
                        self.assume(Fact { a: x, b: r, c: -k });
                    }
                    return;
                }
                // x + y with one of them of a known sign, if the range says that it does not wrap.
                let (a, b) = (self.range(x, 3), self.range(y, 3));
                if a.0.checked_add(b.0).is_some() && a.1.checked_add(b.1).is_some() {
                    for (v, other) in [(x, b), (y, a)] {
                        if other.0 > i64::MIN {
                            self.assume(Fact { a: v, b: r, c: other.0.saturating_neg() });
                        }
                        if other.1 < i64::MAX {
                            self.assume(Fact { a: r, b: v, c: other.1 });
                        }
                    }
                }
            }
            BinOp::Sub => {
                if let Some(k) = konst(self.f, y) {
                    if k != i64::MIN && self.exact_add(x, -k) {
                        self.assume(Fact { a: r, b: x, c: -k });
                        self.assume(Fact { a: x, b: r, c: k });
                    }
                    return;
                }
                let (a, b) = (self.range(x, 3), self.range(y, 3));
                if a.0 >= 0 && b.0 >= 0 {
                    // No wrap-around between values that are not negative.
                    self.assume(Fact { a: r, b: x, c: -b.0 });
                    if self.prove(y, x, 0) {
                        self.set_low(r, 0);
                    }
                    if self.prove(y, x, -1) {
                        self.set_low(r, 1);
                    }
                }
            }
            BinOp::Lshr | BinOp::Ashr | BinOp::Udiv | BinOp::Sdiv => {
                let (a, b) = (self.range(x, 3), self.range(y, 2));
                let shift = matches!(op, BinOp::Lshr | BinOp::Ashr);
                if a.0 >= 0 && (shift || b.0 > 0) {
                    self.assume(Fact { a: r, b: x, c: 0 });
                    self.set_low(r, 0);
                }
            }
            BinOp::And => {
                for v in [x, y] {
                    if self.lo(v) >= 0 {
                        self.assume(Fact { a: r, b: v, c: 0 });
                        self.set_low(r, 0);
                    }
                }
            }
            BinOp::Urem | BinOp::Srem => {
                let (a, b) = (self.range(x, 3), self.range(y, 3));
                if b.0 > 0 && (op == BinOp::Urem || a.0 >= 0) {
                    self.assume(Fact { a: r, b: y, c: -1 });
                    self.set_low(r, 0);
                    if a.0 >= 0 {
                        self.assume(Fact { a: r, b: x, c: 0 });
                    }
                }
            }
            _ => {}
        }
    }

    /// min and max.
    fn minimum(&mut self, r: Value, cond: Value, x: Value, y: Value) {
        let Some(&Op::Icmp(cc, a, b)) = def_op(self.f, cond) else { return };
        let min = match cc {
            IntCC::Slt | IntCC::Sle => true,
            IntCC::Sgt | IntCC::Sge => false,
            _ => return,
        };
        let min = if (a, b) == (x, y) {
            min
        } else if (a, b) == (y, x) {
            !min
        } else {
            return;
        };
        for v in [x, y] {
            self.assume(if min { Fact { a: r, b: v, c: 0 } } else { Fact { a: v, b: r, c: 0 } });
        }
    }
}
