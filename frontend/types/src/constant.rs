//! Exact constant values: booleans, strings, arbitrary-precision integers, rationals, complex numbers.

/// A constant value. `Unknown` stands for a value that an error made unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    Unknown,
    Bool(bool),
    /// Bytes: Go strings need not be UTF-8.
    Str(std::rc::Rc<[u8]>),
    Int(num_bigint::BigInt),
    Float(num_rational::BigRational),
    Complex(num_rational::BigRational, num_rational::BigRational),
}
