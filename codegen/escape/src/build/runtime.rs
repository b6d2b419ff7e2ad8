//! Constraints of the runtime's operations: what they make, keep and write.
//!
//! In: a call of one, with the nodes of its operands. Out: constraints in the builder's graph.

use super::*;

impl Builder<'_, '_> {
    pub(super) fn runtime(
        &mut self,
        b: Block,
        i: Inst,
        rt: Rt,
        site: Option<escargo_ir::SiteId>,
        args: &Values,
    ) {
        let nodes: Vec<Node> = args.iter().map(|&a| self.value(a)).collect();
        let results: Vec<Node> = self.f.inst(i).results.iter().map(|&r| self.value(r)).collect();
        match rt {
            // What is deferred counts as called where it is deferred.
            Rt::guard_enter => return self.flow(args[0], results[0], i),
            Rt::guard_run | Rt::guard_leave => return,
            Rt::defer_push => {
                let [guard, _, record, closure] = nodes[..] else { return };
                // That records are linked is nothing to the program: the list ends with the frame.
                for (to, at, from) in [(guard, GUARD_DEFERS as u32, record), (record, 8, closure)] {
                    let word = self.g.node();
                    self.g.copy(to, word, at, i);
                    self.g.store(word, from, i);
                }
                self.g.called(closure, i);
                return;
            }
            Rt::typed_move => {
                let (dst, src) = (self.g.node(), self.g.node());
                self.g.copy(nodes[1], dst, ANY, i);
                self.g.copy(nodes[2], src, ANY, i);
                let word = self.g.node();
                self.g.load(src, word, i);
                self.g.store(dst, word, i);
                return;
            }
            Rt::typed_clear => return,
            Rt::map_iter_init => {
                // The iterator holds the map.
                let anywhere = self.g.node();
                self.g.copy(nodes[2], anywhere, ANY, i);
                self.g.store(anywhere, nodes[1], i);
                self.g.receives_heap(nodes[2], i);
                return;
            }
            Rt::select => {
                // Cases: {channel, element}. What is sent escapes, what is received comes from the heap.
                let elements = self.level(nodes[0], 1, ANY, i);
                let sent = self.g.content(elements, i);
                self.g.escape_places(sent, Cause::Runtime, i);
                self.g.receives_heap(elements, i);
                return;
            }
            _ => {}
        }
        let info = rt.info();
        let skip = usize::from(rt.has_site());
        if let Some(&r) = results.first()
            && r != NO_NODE
        {
            match site {
                Some(site) if rt.has_site() => {
                    let o = self.local(b, i, site);
                    if self.shared.m.sites[site.index()].heap_only.is_some() {
                        self.g.escape(o, Why { cause: Cause::Size, inst: i, node: r });
                    }
                }
                Some(site) => {
                    let o = self.local(b, i, site);
                    let size = self.shared.m.layout(self.shared.m.sites[site.index()].layout).size;
                    match rt {
                        Rt::map_make if size >= u64::from(MAP_SIZE) => self.g.manage_buffer(o),
                        Rt::grow_slice if (1..=BUFFER).contains(&size) => self.g.manage_buffer(o),
                        _ => self.g.manage(o),
                    }
                }
                _ => self.heap(r, i),
            }
        }
        for &r in results.iter().skip(1) {
            self.heap(r, i);
        }
        for (n, &node) in nodes.iter().enumerate() {
            if node == NO_NODE {
                continue;
            }
            match info.effects.as_bytes().get(n + skip).copied().unwrap_or(b'k') {
                b'k' => self.g.escape_places(node, Cause::Runtime, i),
                b'c' => {
                    let content = self.level(node, 1, ANY, i);
                    self.g.escape_places(content, Cause::Runtime, i);
                }
                b'r' => {
                    if let Some(&r) = results.first()
                        && r != NO_NODE
                    {
                        self.g.copy(node, r, ANY, i);
                    }
                }
                b't' => {
                    let content = self.level(node, 1, ANY, i);
                    match results.first() {
                        // The operation may hand an operand through, or keep it in the new object.
                        Some(&r) if rt.has_site() => self.g.copy(content, r, 0, i),
                        _ => self.g.escape_places(content, Cause::Runtime, i),
                    }
                }
                _ => {
                    if !reads_only(rt) {
                        self.g.receives_heap(node, i);
                    }
                }
            }
        }
    }
}

/// Runtime operations that write nothing into what their pointers name.
fn reads_only(rt: Rt) -> bool {
    let name = rt.info().name;
    name.starts_with("print_")
        || name.starts_with("string_")
        || name.starts_with("panic")
        || matches!(
            rt,
            Rt::memequal
                | Rt::bytes_from_string
                | Rt::runes_from_string
                | Rt::decode_rune
                | Rt::count_runes
                | Rt::memclr
                | Rt::memmove
                | Rt::alloc_slow
                | Rt::alloc_layout
                | Rt::alloc_array
                | Rt::make_slice
                | Rt::map_make
                | Rt::map_get
                | Rt::map_get_ok
                | Rt::map_get_32
                | Rt::map_get_64
                | Rt::map_get_str
                | Rt::map_delete
                | Rt::chan_send
                | Rt::iface_equal
                | Rt::value_equal
                | Rt::assert_iface
                | Rt::assert_iface_ok
                | Rt::keep_alive
                | Rt::sem_acquire
                | Rt::sem_release
                | Rt::os_write
                | Rt::index_byte
                | Rt::count_byte
                | Rt::index_string
                | Rt::value_hash
        )
}
