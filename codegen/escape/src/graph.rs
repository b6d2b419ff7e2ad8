//! The points-to graph of one function and its solver.
//!
//! Nodes stand for pointer values and for words of objects; what they hold are places: an object and a byte offset into it
//! (array elements are one place; `ANY` is an unknown offset). Edges copy places from node to node, or, for each place
//! that arrives, load from it, store to it, let it escape, or call it. Inclusion-based, by a worklist over new places only.
//!
//! Guarantees: no recursion; each (node, place) pair is handled once; objects with many words fall back to one word.

use escargo_ir::{Block, FuncId, GlobalId, Inst, SiteId};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

/// Unknown offset.
pub const ANY: u32 = u32::MAX;
/// Objects with more tracked words are one word.
const MAX_SLOTS: usize = 48;
/// Nodes with more places stop telling offsets apart.
const MAX_PLACES: usize = 64;
/// Nodes hold at most about so many objects.
const MAX_OBJECTS: usize = 128;
/// Pointers in what a parameter points to are told apart if there are not more.
const MAX_FIELDS: usize = 12;
/// Nodes with more places look them up in a hash table.
const MAX_SCAN: usize = 12;
/// Parameters' pointees are told apart down to this level; the last contains itself.
pub const LEVELS: usize = 5;

pub type Node = u32;
pub type Object = u32;
/// The collected heap, other goroutines, static data that can be written.
pub const HEAP: Object = 0;
pub const NO_INST: Inst = Inst(u32::MAX);

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    Heap,
    /// What an allocation of this function makes.
    Local {
        inst: Inst,
        site: SiteId,
        block: Block,
    },
    /// What parameter `index` points to (level 0), what the pointer at offset `field` of that points to (level 1), and so on;
    /// `field` is 0 at level 0.
    Param {
        index: u32,
        level: u32,
        field: u32,
    },
    /// Code.
    Func(FuncId),
    /// Read-only static data at an offset, with the code that its first word points to.
    Static {
        global: GlobalId,
        code: FuncId,
    },
}

/// Why an object escapes.
#[derive(Clone, Copy, Debug)]
pub enum Cause {
    /// Placed on the heap by its kind: too large, or of a size that is not constant.
    Size,
    /// Stored into memory that the heap or a caller owns.
    StoredHeap,
    StoredParam,
    Returned,
    /// Passed to a runtime operation that keeps it, to unknown code, or to a function that leaks it.
    Runtime,
    UnknownCall,
    Leaked(FuncId, u32),
    /// Passed to a call that replaces the frame.
    TailCall,
    /// One of very many objects that one pointer may mean.
    Many,
    /// Its address becomes a number.
    Integer,
    /// It is needed by a later iteration of the loop that allocates it.
    Loop,
    /// Part of another object that escapes.
    Content(Object),
}

#[derive(Clone, Copy, Debug)]
pub struct Why {
    pub cause: Cause,
    pub inst: Inst,
    /// The node that held the place.
    pub node: Node,
}

pub struct ObjectData {
    pub kind: Kind,
    pub why: Option<Why>,
    /// Made and kept by the runtime, on the heap: what is put into it escapes, whether or not it leaves itself.
    pub managed: bool,
    /// Managed, but it may be in a buffer of this frame.
    pub buffer: bool,
    /// The buffer must not be used again.
    pub once: bool,
    /// A closure: its first word is written once, with the address of known code.
    pub sealed: bool,
    /// Words by offset.
    pub slots: Vec<(u32, Node)>,
    /// What is read at an unknown offset, and what is written there.
    all: Option<Node>,
    any: Option<Node>,
    collapsed: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub object: Object,
    pub offset: u32,
    /// Where the place came from, for explanations.
    pub from: Node,
    pub inst: Inst,
}

#[derive(Clone, Copy)]
enum Edge {
    Copy {
        to: Node,
        add: u32,
        inst: Inst,
    },
    Load {
        to: Node,
        inst: Inst,
    },
    Store {
        from: Node,
        inst: Inst,
    },
    Escape {
        why: Why,
    },
    /// Locals escape: the node is memory of a caller.
    Sink {
        why: Why,
    },
    /// Places are closures that call site `call` calls.
    Call {
        call: u32,
    },
    /// Places are closures that unknown code calls.
    Called {
        inst: Inst,
    },
    /// Places are code that call site `call` calls with a closure object.
    Code {
        call: u32,
        closure: Node,
    },
}

/// Most nodes hold one or two places and have one or two edges: a function has thousands of nodes.
struct NodeData {
    list: SmallVec<[Entry; 2]>,
    /// The places of `list`, once there are many.
    seen: Option<Box<FxHashSet<(Object, u32)>>>,
    done: u32,
    /// The first and the last edge in `Graph::edges`; NONE without edges.
    first: u32,
    last: u32,
    queued: bool,
}

const NONE: u32 = u32::MAX;

impl Default for NodeData {
    fn default() -> NodeData {
        NodeData { list: SmallVec::new(), seen: None, done: 0, first: NONE, last: NONE, queued: false }
    }
}

impl NodeData {
    fn holds(&self, object: Object, offset: u32) -> bool {
        match &self.seen {
            Some(seen) => seen.contains(&(object, offset)),
            None => self.list.iter().any(|e| e.object == object && e.offset == offset),
        }
    }

    fn push(&mut self, e: Entry) {
        self.list.push(e);
        match &mut self.seen {
            Some(seen) => {
                seen.insert((e.object, e.offset));
            }
            None if self.list.len() > MAX_SCAN => {
                self.seen = Some(Box::new(self.list.iter().map(|e| (e.object, e.offset)).collect()));
            }
            None => {}
        }
    }
}

/// A call found while solving, to be handled by the caller of `step`.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// Call site `call` reaches `code`, with a closure object held by the node.
    Code {
        call: u32,
        code: FuncId,
        closure: Node,
    },
    /// Call site `call` reaches unknown code.
    Unknown {
        call: u32,
    },
    /// Unknown code calls a closure: a known one (with the object), or a parameter's.
    CalledCode {
        code: FuncId,
        closure: Node,
        inst: Inst,
    },
    CalledParam {
        index: u32,
        level: u32,
        field: u32,
    },
}

#[derive(Default)]
pub struct Graph {
    nodes: Vec<NodeData>,
    /// The edges of all nodes, each with the number of the node's next.
    edges: Vec<(Edge, u32)>,
    pub objects: Vec<ObjectData>,
    work: Vec<Node>,
    /// Objects marked as escaping whose contents are not yet.
    escaping: Vec<Object>,
    pub events: Vec<Event>,
    /// A node for each closure place, and the (call, closure) pairs that are handled.
    closures: rustc_hash::FxHashMap<(Object, u32), Node>,
    calls: FxHashSet<(u32, Node)>,
    funcs: rustc_hash::FxHashMap<FuncId, Object>,
    statics: rustc_hash::FxHashMap<(GlobalId, FuncId), Object>,
}

impl Graph {
    /// An empty graph in the memory of one that is not needed any more.
    pub fn reusing(mut g: Graph) -> Graph {
        g.nodes.clear();
        g.edges.clear();
        g.objects.clear();
        g.work.clear();
        g.escaping.clear();
        g.events.clear();
        g.closures.clear();
        g.calls.clear();
        g.funcs.clear();
        g.statics.clear();
        g.object(Kind::Heap);
        g
    }

    pub fn node(&mut self) -> Node {
        self.nodes.push(NodeData::default());
        self.nodes.len() as Node - 1
    }

    pub fn object(&mut self, kind: Kind) -> Object {
        self.objects.push(ObjectData {
            kind,
            why: None,
            managed: false,
            buffer: false,
            once: false,
            sealed: false,
            slots: Vec::new(),
            all: None,
            any: None,
            collapsed: false,
        });
        self.objects.len() as Object - 1
    }

    pub fn code(&mut self, f: FuncId) -> Object {
        if let Some(&o) = self.funcs.get(&f) {
            return o;
        }
        let o = self.object(Kind::Func(f));
        self.funcs.insert(f, o);
        o
    }

    pub fn static_closure(&mut self, global: GlobalId, code: FuncId) -> Object {
        if let Some(&o) = self.statics.get(&(global, code)) {
            return o;
        }
        let o = self.object(Kind::Static { global, code });
        self.statics.insert((global, code), o);
        o
    }

    pub fn places(&self, n: Node) -> &[Entry] {
        &self.nodes[n as usize].list
    }

    /// Whether an object is in this frame.
    pub fn on_stack(&self, o: Object) -> bool {
        let data = &self.objects[o as usize];
        matches!(data.kind, Kind::Local { .. }) && !data.managed && data.why.is_none()
    }

    /// Whether an object is in memory that its allocation, executed again, would use again.
    pub fn is_reused(&self, o: Object) -> bool {
        let data = &self.objects[o as usize];
        self.on_stack(o) || (data.buffer && !data.once && data.why.is_none())
    }

    /// An object that is in a buffer of the frame or on the heap: what it holds escapes.
    pub fn manage_buffer(&mut self, o: Object) {
        self.objects[o as usize].buffer = true;
        self.manage(o);
    }

    /// Marks an object as the runtime's.
    pub fn manage(&mut self, o: Object) {
        self.objects[o as usize].managed = true;
        self.escaping.push(o);
    }

    pub fn escaped(&self, o: Object) -> bool {
        o == HEAP || self.objects[o as usize].why.is_some()
    }

    // ---- building

    /// What an object counts as: one that has escaped is as good as the heap. Closures keep their name, by which their code is known.
    fn canonical(&self, o: Object) -> Object {
        let data = &self.objects[o as usize];
        if data.why.is_some() && !data.sealed { HEAP } else { o }
    }

    pub fn add(&mut self, n: Node, object: Object, offset: u32, from: Node, inst: Inst) {
        let object = self.canonical(object);
        // Nodes that may mean very many objects mean the heap: those that come late go there.
        if self.nodes[n as usize].list.len() > MAX_OBJECTS
            && object != HEAP
            && matches!(self.objects[object as usize].kind, Kind::Local { .. })
        {
            self.escape(object, Why { cause: Cause::Many, inst, node: from });
            return self.add(n, HEAP, ANY, from, inst);
        }
        let data = &mut self.nodes[n as usize];
        // Offsets that grow along a cycle end in an unknown one.
        let offset = if object == HEAP || data.list.len() > MAX_PLACES { ANY } else { offset };
        // A place that is anywhere in an object stands for all of them.
        if (offset != ANY && data.holds(object, ANY)) || data.holds(object, offset) {
            return;
        }
        data.push(Entry { object, offset, from, inst });
        if !data.queued {
            data.queued = true;
            self.work.push(n);
        }
    }

    fn edge(&mut self, n: Node, edge: Edge) {
        let new = self.edges.len() as u32;
        self.edges.push((edge, NONE));
        let data = &mut self.nodes[n as usize];
        match std::mem::replace(&mut data.last, new) {
            NONE => data.first = new,
            last => self.edges[last as usize].1 = new,
        }
        // What has been handed on already is handed to the new edge now; the rest follows from the worklist.
        for i in 0..data.done {
            let e = self.nodes[n as usize].list[i as usize];
            self.apply(n, e, edge);
        }
    }

    /// `to` holds what `from` holds, `add` bytes further (`ANY`: somewhere).
    pub fn copy(&mut self, from: Node, to: Node, add: u32, inst: Inst) {
        if from != to {
            self.edge(from, Edge::Copy { to, add, inst });
        }
    }

    pub fn load(&mut self, address: Node, to: Node, inst: Inst) {
        self.edge(address, Edge::Load { to, inst });
    }

    pub fn store(&mut self, address: Node, from: Node, inst: Inst) {
        self.edge(address, Edge::Store { from, inst });
    }

    pub fn escape_places(&mut self, n: Node, cause: Cause, inst: Inst) {
        self.edge(n, Edge::Escape { why: Why { cause, inst, node: n } });
    }

    /// Locals that arrive escape: the node is a result.
    pub fn escape_locals(&mut self, n: Node, cause: Cause) {
        self.edge(n, Edge::Sink { why: Why { cause, inst: NO_INST, node: n } });
    }

    /// The words of an object with their offsets, what was written at unknown offsets included.
    pub fn memory(&self, o: Object) -> Vec<(u32, Node)> {
        let data = &self.objects[o as usize];
        data.slots.iter().copied().chain(data.any.map(|n| (ANY, n))).collect()
    }

    pub fn call(&mut self, closure: Node, call: u32) {
        self.edge(closure, Edge::Call { call });
    }

    pub fn called(&mut self, closure: Node, inst: Inst) {
        self.edge(closure, Edge::Called { inst });
    }

    // ---- memory

    fn all(&mut self, o: Object) -> Node {
        if let Some(n) = self.objects[o as usize].all {
            return n;
        }
        let n = self.node();
        self.objects[o as usize].all = Some(n);
        let any = self.any(o);
        self.copy(any, n, 0, NO_INST);
        for (_, s) in self.objects[o as usize].slots.clone() {
            self.copy(s, n, 0, NO_INST);
        }
        n
    }

    fn any(&mut self, o: Object) -> Node {
        if let Some(n) = self.objects[o as usize].any {
            return n;
        }
        let n = self.node();
        self.objects[o as usize].any = Some(n);
        self.fresh_memory(o, ANY, n);
        for (_, s) in self.objects[o as usize].slots.clone() {
            self.copy(n, s, 0, NO_INST);
        }
        n
    }

    /// What a word of an object holds from the start.
    fn fresh_memory(&mut self, o: Object, offset: u32, n: Node) {
        match self.objects[o as usize].kind {
            Kind::Heap => {
                self.add(n, HEAP, ANY, n, NO_INST);
                self.edge(n, Edge::Escape { why: Why { cause: Cause::StoredHeap, inst: NO_INST, node: n } });
            }
            Kind::Static { code, .. } => {
                self.add(n, HEAP, ANY, n, NO_INST);
                let c = self.code(code);
                self.add(n, c, 0, n, NO_INST);
                self.edge(n, Edge::Escape { why: Why { cause: Cause::StoredHeap, inst: NO_INST, node: n } });
            }
            Kind::Param { index, level, field } => {
                let field = if level == 0 { offset } else { field };
                let next = self.param(index, (level + 1).min(LEVELS as u32 - 1), field);
                self.add(n, next, 0, n, NO_INST);
                self.edge(n, Edge::Sink { why: Why { cause: Cause::StoredParam, inst: NO_INST, node: n } });
            }
            Kind::Local { .. } | Kind::Func(_) => {}
        }
    }

    /// The object for a parameter's pointees of a level.
    pub fn param(&mut self, index: u32, level: u32, field: u32) -> Object {
        let kind = Kind::Param { index, level, field };
        // A function has few parameter objects and they are made first or in quick succession.
        if let Some(o) = self.objects.iter().position(|o| o.kind == kind) {
            return o as Object;
        }
        let o = self.object(kind);
        self.objects[o as usize].collapsed = level > 0;
        o
    }

    /// The node of a word, for reading.
    fn word(&mut self, o: Object, offset: u32, write: bool) -> Node {
        let data = &self.objects[o as usize];
        if offset == ANY || data.collapsed || matches!(data.kind, Kind::Heap | Kind::Static { .. }) {
            return if write { self.any(o) } else { self.all(o) };
        }
        if let Some(&(_, n)) = data.slots.iter().find(|s| s.0 == offset) {
            return n;
        }
        let limit = if let Kind::Param { .. } = data.kind { MAX_FIELDS } else { MAX_SLOTS };
        if data.slots.len() >= limit {
            return if write { self.any(o) } else { self.all(o) };
        }
        let n = self.node();
        self.objects[o as usize].slots.push((offset, n));
        self.fresh_memory(o, offset, n);
        if let Some(any) = self.objects[o as usize].any {
            self.copy(any, n, 0, NO_INST);
        }
        if let Some(all) = self.objects[o as usize].all {
            self.copy(n, all, 0, NO_INST);
        }
        n
    }

    /// Marks an object as escaping: what it holds escapes as well, and anyone may have stored into it.
    pub fn escape(&mut self, o: Object, why: Why) {
        let data = &mut self.objects[o as usize];
        if data.why.is_some() || matches!(data.kind, Kind::Heap | Kind::Func(_) | Kind::Static { .. }) {
            return;
        }
        data.why = Some(why);
        self.escaping.push(o);
    }

    fn escape_content(&mut self, o: Object) {
        let any = self.any(o);
        self.add(any, HEAP, ANY, any, NO_INST);
        let all = self.all(o);
        self.edge(all, Edge::Escape { why: Why { cause: Cause::Content(o), inst: NO_INST, node: all } });
    }

    /// The runtime may write heap pointers into what the places point to.
    pub fn receives_heap(&mut self, address: Node, inst: Inst) {
        let n = self.node();
        self.add(n, HEAP, ANY, n, inst);
        let anywhere = self.node();
        self.copy(address, anywhere, ANY, inst);
        self.store(anywhere, n, inst);
    }

    /// What the places' objects hold anywhere.
    pub fn content(&mut self, address: Node, inst: Inst) -> Node {
        let anywhere = self.node();
        self.copy(address, anywhere, ANY, inst);
        let n = self.node();
        self.load(anywhere, n, inst);
        n
    }

    // ---- solving

    /// Runs until nothing changes or events are waiting.
    pub fn step(&mut self) {
        while self.events.is_empty() {
            if let Some(o) = self.escaping.pop() {
                self.escape_content(o);
                continue;
            }
            let Some(n) = self.work.pop() else { return };
            let data = &mut self.nodes[n as usize];
            data.queued = false;
            let (from, to) = (data.done as usize, data.list.len());
            data.done = to as u32;
            let (first, last) = (data.first, data.last);
            if first == NONE {
                continue;
            }
            for i in from..to {
                let e = self.nodes[n as usize].list[i];
                // Edges that are added meanwhile are handed what is done.
                let mut at = first;
                loop {
                    let (edge, next) = self.edges[at as usize];
                    self.apply(n, e, edge);
                    if at == last {
                        break;
                    }
                    at = next;
                }
            }
        }
    }

    fn apply(&mut self, n: Node, mut e: Entry, edge: Edge) {
        let object = self.canonical(e.object);
        // Explanations name the object that something was stored into.
        if object != e.object && !matches!(edge, Edge::Escape { .. } | Edge::Sink { .. } | Edge::Store { .. })
        {
            (e.object, e.offset) = (object, ANY);
        }
        match edge {
            Edge::Copy { to, add, inst } => {
                let offset = if add == ANY || e.offset == ANY { ANY } else { e.offset.saturating_add(add) };
                self.add(to, e.object, offset, n, inst);
            }
            Edge::Load { to, inst } => {
                let word = self.word(e.object, e.offset, false);
                self.copy(word, to, 0, inst);
            }
            Edge::Store { from, inst } => {
                let word = self.word(e.object, e.offset, true);
                self.copy(from, word, 0, inst);
            }
            Edge::Escape { why } => {
                // The node explains best where the place came in by the last real instruction.
                self.escape(
                    e.object,
                    Why { inst: if why.inst == NO_INST { e.inst } else { why.inst }, node: n, ..why },
                );
            }
            Edge::Sink { why } => {
                if matches!(self.objects[e.object as usize].kind, Kind::Local { .. }) {
                    self.escape(e.object, Why { inst: e.inst, node: n, ..why });
                }
            }
            Edge::Call { call } => match self.objects[e.object as usize].kind {
                Kind::Heap | Kind::Param { .. } => {
                    if let Kind::Param { index, level, field } = self.objects[e.object as usize].kind {
                        self.events.push(Event::CalledParam { index, level, field });
                    }
                    self.events.push(Event::Unknown { call });
                    self.call_word(e, call, NO_INST);
                }
                Kind::Func(_) => {}
                _ => self.call_word(e, call, NO_INST),
            },
            Edge::Called { inst } => {
                let kind = self.objects[e.object as usize].kind;
                // A closure inside of a parameter's object (a frame's) is made by this function: what it does is known here.
                if let Kind::Param { index, level, field } = kind
                    && (level > 0 || e.offset == 0 || e.offset == ANY)
                {
                    self.events.push(Event::CalledParam { index, level, field });
                }
                if !matches!(kind, Kind::Heap | Kind::Func(_) | Kind::Static { .. }) {
                    self.call_word(e, ANY, inst);
                }
            }
            Edge::Code { call, closure } => match self.objects[e.object as usize].kind {
                Kind::Func(code) => self.events.push(if call == ANY {
                    Event::CalledCode { code, closure, inst: e.inst }
                } else {
                    Event::Code { call, code, closure }
                }),
                // An object made here whose code word was not: anything may be called, with the object. What escaped
                // may hold anything as far as the graph knows, but the code of a closure is written once.
                _ => {
                    let object = self.nodes[closure as usize].list.first().map_or(HEAP, |p| p.object);
                    let data = &self.objects[object as usize];
                    if call != ANY
                        && matches!(data.kind, Kind::Local { .. })
                        && !(data.sealed && data.why.is_some())
                    {
                        self.events.push(Event::Unknown { call });
                        self.escape_places(closure, Cause::UnknownCall, e.inst);
                    }
                }
            },
        }
    }

    /// The closure at a place is called: by call site `call`, or by unknown code (`ANY`).
    fn call_word(&mut self, e: Entry, call: u32, inst: Inst) {
        let closure = match self.closures.get(&(e.object, e.offset)) {
            Some(&n) => n,
            None => {
                let n = self.node();
                self.closures.insert((e.object, e.offset), n);
                self.add(n, e.object, e.offset, n, inst);
                n
            }
        };
        if self.calls.insert((call, closure)) {
            let word = self.word(e.object, e.offset, false);
            self.edge(word, Edge::Code { call, closure });
        }
    }
}
