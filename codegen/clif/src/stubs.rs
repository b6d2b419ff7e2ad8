//! The compiler's own functions: the trampoline into compiled code, the slow paths of the barrier and the poll, an executable's
//! `main`.

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{self as clif, AbiParam, InstBuilder, UserFuncName, types};
use cranelift_codegen::isa::CallConv;
use escargo_abi::Rt;

use crate::lower::call::{barrier_signature, poll_signature, rt_signature};
use crate::symbol::{Stub, Symbol};

/// Builds a stub that has code.
pub(crate) fn build(stub: Stub, linked: bool) -> clif::Function {
    match stub {
        Stub::Enter => enter(),
        Stub::Main => main(),
        Stub::Poll => preserving(stub, poll_signature(), Rt::poll, linked),
        _ => preserving(stub, barrier_signature(), Rt::write_barrier, linked),
    }
}

/// C's `main(argc, argv)`: `escargo_start(program, argc, argv)`.
fn main() -> clif::Function {
    let mut sig = clif::Signature::new(CallConv::SystemV);
    sig.params.extend([types::I32, types::I64].map(AbiParam::new));
    sig.returns.push(AbiParam::new(types::I32));
    let mut func = named(Stub::Main, sig);
    let mut sig = clif::Signature::new(CallConv::SystemV);
    sig.params.extend([types::I64, types::I32, types::I64].map(AbiParam::new));
    sig.returns.push(AbiParam::new(types::I32));
    let signature = func.import_signature(sig);
    let mut name = |stub: Stub| {
        clif::ExternalName::user(func.declare_imported_user_function(Symbol::Stub(stub).to_user()))
    };
    let (start, program) = (name(Stub::Start), name(Stub::Program));
    let start =
        func.import_function(clif::ExtFuncData { name: start, signature, colocated: true, patchable: false });
    let program = func.create_global_value(clif::GlobalValueData::Symbol {
        name: program,
        offset: 0.into(),
        colocated: true,
        tls: false,
    });
    let block = func.dfg.make_block();
    let argc = func.dfg.append_block_param(block, types::I32);
    let argv = func.dfg.append_block_param(block, types::I64);
    let mut cursor = FuncCursor::new(&mut func);
    cursor.insert_block(block);
    let program = cursor.ins().symbol_value(types::I64, program);
    let call = cursor.ins().call(start, &[program, argc, argv]);
    let code = cursor.func.dfg.first_result(call);
    cursor.ins().return_(&[code]);
    func
}

/// `enter(code, argument, context)`: C convention. The pinned register belongs to the caller in that convention.
fn enter() -> clif::Function {
    let mut sig = clif::Signature::new(CallConv::SystemV);
    sig.params.extend([AbiParam::new(types::I64); 3]);
    let mut func = named(Stub::Enter, sig);
    let mut tail = clif::Signature::new(CallConv::Tail);
    tail.params.push(AbiParam::new(types::I64));
    let tail = func.import_signature(tail);
    let block = func.dfg.make_block();
    let [code, argument, context] = [0; 3].map(|_| func.dfg.append_block_param(block, types::I64));
    let mut cursor = FuncCursor::new(&mut func);
    cursor.insert_block(block);
    let old = cursor.ins().get_pinned_reg(types::I64);
    cursor.ins().set_pinned_reg(context);
    cursor.ins().call_indirect(tail, code, &[argument]);
    cursor.ins().set_pinned_reg(old);
    cursor.ins().return_(&[]);
    func
}

/// Preserves all registers around a call of the runtime, whose missing arguments are 0.
fn preserving(stub: Stub, sig: clif::Signature, rt: Rt, linked: bool) -> clif::Function {
    let given = sig.params.len();
    let mut func = named(stub, sig);
    let callee = rt_signature(rt);
    let wanted = callee.params.len();
    let signature = func.import_signature(callee);
    let name = func.declare_imported_user_function(Symbol::Rt(rt).to_user());
    let callee = func.import_function(clif::ExtFuncData {
        name: clif::ExternalName::user(name),
        signature,
        colocated: linked,
        patchable: false,
    });
    let block = func.dfg.make_block();
    let mut args: Vec<clif::Value> =
        (0..given).map(|_| func.dfg.append_block_param(block, types::I64)).collect();
    let mut cursor = FuncCursor::new(&mut func);
    cursor.insert_block(block);
    while args.len() < wanted {
        args.push(cursor.ins().iconst(types::I64, 0));
    }
    cursor.ins().call(callee, &args);
    cursor.ins().return_(&[]);
    func
}

fn named(stub: Stub, sig: clif::Signature) -> clif::Function {
    clif::Function::with_name_signature(UserFuncName::User(Symbol::Stub(stub).to_user()), sig)
}
