//! Escape results as bytes (see `escargo_ir::store`). Reasons are left out: they are for diagnostics.

use escargo_ir::store::{Reader, Store};
use escargo_ir::{FuncId, Inst, store_enums, store_structs};

use crate::results::{EscapeResults, ParamLeak, Placement, Verdict};

store_enums! {
    Placement { Scalar, Stack, Buffer, BufferOnce, Heap, }
}

store_structs! {
    ParamLeak { heap results }
}

impl Store for Verdict {
    fn put(&self, out: &mut Vec<u8>) {
        self.placement.put(out);
        self.stays.put(out);
    }

    fn get(r: &mut Reader) -> Option<Verdict> {
        Some(Verdict { placement: Store::get(r)?, stays: Store::get(r)?, reason: Vec::new() })
    }
}

impl Store for EscapeResults {
    fn put(&self, out: &mut Vec<u8>) {
        self.sites.put(out);
        self.params.put(out);
        let mut no_barrier: Vec<(FuncId, Inst)> = self.no_barrier.iter().copied().collect();
        no_barrier.sort_unstable();
        no_barrier.put(out);
    }

    fn get(r: &mut Reader) -> Option<EscapeResults> {
        let (sites, params) = (Store::get(r)?, Store::get(r)?);
        Some(EscapeResults { sites, params, no_barrier: Vec::get(r)?.into_iter().collect() })
    }
}
