//! Types of infinite size: "invalid recursive type".
//!
//! In: declared types, after all declarations they mention. Out: errors; the types are made invalid.

use crate::checker::Checker;
use crate::world::*;

impl<'a> Checker<'a> {
    /// Reports it if values of the declared type would contain themselves.
    pub(crate) fn valid_type(&mut self, t: TypeId) {
        if self.valid_types.contains(&t) {
            return;
        }
        self.valid_type0(t, &mut Vec::new(), &mut Vec::new());
    }

    fn valid_type0(&mut self, t: TypeId, nest: &mut Vec<TypeId>, path: &mut Vec<TypeId>) -> bool {
        let t = self.world.unalias(t);
        match self.world.ty(t) {
            &Type::Array { elem, .. } => self.valid_type0(elem, nest, path),
            Type::Struct(s) => {
                let n = s.fields.len();
                (0..n).all(|i| {
                    let ft = self.world.field_type(t, i);
                    self.valid_type0(ft, nest, path)
                })
            }
            Type::Union(terms) => terms.clone().iter().all(|term| self.valid_type0(term.ty, nest, path)),
            Type::Interface(i) => i.embeds.clone().iter().all(|&(e, _)| self.valid_type0(e, nest, path)),
            Type::Named(_) => self.valid_named(t, nest, path),
            Type::TypeParam(_) => {
                // The argument for the parameter is checked where the instance stands.
                let Some(inst) = nest.pop() else { return true };
                let i = self.world.type_params(inst).iter().position(|&p| p == t);
                let arg = i.and_then(|i| self.world.type_args(inst).get(i).copied());
                let ok = arg.is_none_or(|a| self.valid_type0(a, nest, path));
                nest.push(inst);
                ok
            }
            _ => true,
        }
    }

    fn valid_named(&mut self, t: TypeId, nest: &mut Vec<TypeId>, path: &mut Vec<TypeId>) -> bool {
        let origin = self.world.origin(t);
        let Type::Named(o) = self.world.ty(origin) else { return true };
        let obj_pkg = self.world.obj(o.obj).pkg;
        let is_plain = origin == t && o.tparams.is_empty();
        let rhs = o.rhs;
        // A type without parameters that has been found valid, or comes from another package, stays so.
        if is_plain && (obj_pkg != Some(self.pkg) || self.valid_types.contains(&t)) {
            return true;
        }
        for &outer in nest.iter() {
            if !self.world.identical(outer, t) {
                continue;
            }
            self.world.set_invalid(origin);
            self.world.set_invalid(t);
            let start = (0..path.len()).find(|&j| self.world.identical(path[j], t)).unwrap_or(0);
            let cycle: Vec<(ObjId, TypeId)> = path[start..]
                .iter()
                .filter_map(|&p| match self.world.ty(p) {
                    Type::Named(n) => Some((n.obj, p)),
                    _ => None,
                })
                .collect();
            self.recursive_type_error(&cycle);
            return false;
        }
        // Instances may nest without end; plain types cannot, and are declared no deeper than the larger limit.
        if nest.len() > if is_plain { 2500 } else { 500 } {
            return true;
        }
        let Some(rhs) = rhs else { return true };
        nest.push(t);
        path.push(t);
        let ok = self.valid_type0(rhs, nest, path);
        nest.pop();
        path.pop();
        if ok && is_plain {
            self.valid_types.insert(t);
        }
        ok
    }

    fn recursive_type_error(&mut self, cycle: &[(ObjId, TypeId)]) {
        let name = |c: &Checker<'a>, (o, t): (ObjId, TypeId)| {
            if c.world.type_args(t).is_empty() {
                let obj = c.world.obj(o);
                format!("{}{}", c.world.package_prefix(obj.pkg), obj.name)
            } else {
                c.world.type_string(t)
            }
        };
        let Some(&first) = cycle.first() else { return };
        let at = |c: &Checker<'a>, (o, t): (ObjId, TypeId)| {
            c.world.instance_pos.get(&t).copied().unwrap_or(c.world.obj(o).pos)
        };
        let pos = at(self, first);
        if cycle.len() == 1 {
            let n = name(self, first);
            self.error(pos, format!("invalid recursive type: {n} refers to itself"));
            return;
        }
        let mut more = Vec::new();
        for (i, &t) in cycle.iter().enumerate() {
            let next = cycle[(i + 1) % cycle.len()];
            more.push((at(self, t), format!("{} refers to {}", name(self, t), name(self, next))));
        }
        let head = format!("invalid recursive type {}", name(self, first));
        self.error_with(pos, head, &more, false);
    }
}
