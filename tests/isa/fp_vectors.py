#!/usr/bin/env python3
"""Writes fp_h.inc, fp_s.inc and fp_d.inc: operands and results of floating-point instructions in
all five rounding modes, with flags, by exact rational arithmetic (IEEE 754 as the F chapter has
it: canonical NaNs, tininess after rounding). The tables are committed; this is how to redo them:
    cd tests/isa && python3 fp_vectors.py
"""
from fractions import Fraction
from math import isqrt

NX, UF, OF, DZ, NV = 1, 2, 4, 8, 16
RNE, RTZ, RDN, RUP, RMM = range(5)


class Format:
    def __init__(self, letter, exponent_bits, mantissa_bits):
        self.letter, self.e, self.m = letter, exponent_bits, mantissa_bits
        self.bias = (1 << (exponent_bits - 1)) - 1
        self.width = 1 + exponent_bits + mantissa_bits
        self.sign = 1 << (self.width - 1)
        self.inf = ((1 << exponent_bits) - 1) << mantissa_bits
        self.quiet = 1 << (mantissa_bits - 1)
        self.nan = self.inf | self.quiet
        self.max = self.inf - 1
        self.one = self.bias << mantissa_bits
        self.min_normal = 1 << mantissa_bits
        self.e_min = 1 - self.bias

    def is_nan(self, x):
        return (x & ~self.sign) > self.inf

    def is_signaling(self, x):
        return self.is_nan(x) and not x & self.quiet

    def is_inf(self, x):
        return (x & ~self.sign) == self.inf

    def negative(self, x):
        return bool(x & self.sign)

    def value(self, x):
        exponent, fraction = (x & ~self.sign) >> self.m, x & ((1 << self.m) - 1)
        if exponent:
            fraction |= 1 << self.m
        else:
            exponent = 1
        v = Fraction(fraction) * Fraction(2) ** (exponent - self.bias - self.m)
        return -v if self.negative(x) else v

    def round(self, v, rm, zero_sign=False):
        """(bits, flags) of the rational v."""
        if v == 0:
            return (self.sign if zero_sign else 0), 0
        negative, v = v < 0, abs(v)
        exponent = v.numerator.bit_length() - v.denominator.bit_length()
        if v < Fraction(2) ** exponent:
            exponent -= 1
        free, free_exact = round_to(v, exponent - self.m, rm, negative)
        tiny = free < Fraction(2) ** self.e_min  # after rounding, exponent unbounded
        quantum = max(exponent, self.e_min) - self.m
        r, exact = round_to(v, quantum, rm, negative)
        flags = 0 if exact else NX
        if tiny and not exact:
            flags |= UF
        if r > self.value(self.max):
            up = rm in (RNE, RMM) or rm == (RDN if negative else RUP)
            bits, flags = (self.inf if up else self.max), OF | NX
        else:
            bits = self.encode(r)
        return bits | (self.sign if negative else 0), flags

    def encode(self, v):
        if v == 0:
            return 0
        if v < Fraction(2) ** self.e_min:
            return int(v / Fraction(2) ** (self.e_min - self.m))
        exponent = v.numerator.bit_length() - v.denominator.bit_length()
        if v < Fraction(2) ** exponent:
            exponent -= 1
        mantissa = int(v / Fraction(2) ** (exponent - self.m)) - (1 << self.m)
        return (exponent + self.bias) << self.m | mantissa


def round_to(v, quantum, rm, negative):
    """v >= 0 to a multiple of 2**quantum; the second result tells whether it was one."""
    scaled = v / Fraction(2) ** quantum
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    up = (rm == RNE and (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole & 1))
          or rm == RMM and rest >= Fraction(1, 2)
          or rest and rm == (RDN if negative else RUP))
    return (whole + bool(up)) * Fraction(2) ** quantum, rest == 0


def add(f, a, b, rm):
    if f.is_nan(a) or f.is_nan(b):
        return f.nan, NV if f.is_signaling(a) or f.is_signaling(b) else 0
    if f.is_inf(a) and f.is_inf(b) and a != b:
        return f.nan, NV
    if f.is_inf(a) or f.is_inf(b):
        return (a if f.is_inf(a) else b), 0
    both = f.negative(a) and f.negative(b)
    differ = f.negative(a) != f.negative(b)
    return f.round(f.value(a) + f.value(b), rm, both or (differ and rm == RDN))


def mul(f, a, b, rm):
    sign = (a ^ b) & f.sign
    if f.is_nan(a) or f.is_nan(b):
        return f.nan, NV if f.is_signaling(a) or f.is_signaling(b) else 0
    if f.is_inf(a) or f.is_inf(b):
        zero = a & ~f.sign == 0 or b & ~f.sign == 0
        return (f.nan, NV) if zero else (f.inf | sign, 0)
    return f.round(f.value(a) * f.value(b), rm, bool(sign))


def div(f, a, b, rm):
    sign = (a ^ b) & f.sign
    if f.is_nan(a) or f.is_nan(b):
        return f.nan, NV if f.is_signaling(a) or f.is_signaling(b) else 0
    if f.is_inf(a):
        return (f.nan, NV) if f.is_inf(b) else (f.inf | sign, 0)
    if f.is_inf(b):
        return sign, 0
    if f.value(b) == 0:
        return (f.nan, NV) if f.value(a) == 0 else (f.inf | sign, DZ)
    return f.round(f.value(a) / f.value(b), rm, bool(sign))


def sqrt(f, a, rm):
    if f.is_nan(a):
        return f.nan, NV if f.is_signaling(a) else 0
    if a & ~f.sign == 0:
        return a, 0
    if f.negative(a):
        return f.nan, NV
    if f.is_inf(a):
        return a, 0
    v, shift = f.value(a), 1200
    scaled = v * Fraction(4) ** shift
    root = isqrt(int(scaled))
    exact = root * root == scaled
    return f.round((root + (0 if exact else Fraction(1, 2))) / Fraction(2) ** shift, rm)


def fma(f, a, b, c, rm):
    product_sign = f.negative(a) != f.negative(b)
    invalid = (f.is_inf(a) and b & ~f.sign == 0) or (f.is_inf(b) and a & ~f.sign == 0)
    if invalid or any(map(f.is_nan, (a, b, c))):
        signaling = any(map(f.is_signaling, (a, b, c)))
        return f.nan, NV if invalid or signaling else 0
    if f.is_inf(a) or f.is_inf(b):
        if f.is_inf(c) and f.negative(c) != product_sign:
            return f.nan, NV
        return f.inf | (f.sign if product_sign else 0), 0
    if f.is_inf(c):
        return c, 0
    both = product_sign and f.negative(c)
    differ = product_sign != f.negative(c)
    return f.round(f.value(a) * f.value(b) + f.value(c), rm, both or (differ and rm == RDN))


def to_int(f, a, rm, width, signed):
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    if f.is_nan(a):
        v, flags = high, NV
    elif f.is_inf(a):
        v, flags = (low if f.negative(a) else high), NV
    else:
        r, exact = round_to(abs(f.value(a)), 0, rm, f.negative(a))
        v, flags = int(-r if f.negative(a) else r), 0 if exact else NX
        if not low <= v <= high:
            v, flags = (low if v < low else high), NV
    v &= (1 << width) - 1
    if v >> (width - 1):
        v |= ~((1 << width) - 1)  # W and WU results are sign-extended
    return v & (1 << 64) - 1, flags


def convert(source, target, a, rm):
    if source.is_nan(a):
        return target.nan, NV if source.is_signaling(a) else 0
    sign = target.sign if source.negative(a) else 0
    if source.is_inf(a):
        return target.inf | sign, 0
    return target.round(source.value(a), rm, bool(sign))


H, S, D = Format('h', 5, 10), Format('s', 8, 23), Format('d', 11, 52)


def lines(f, name, operands, compute):
    out = []
    for ops in operands:
        results = [compute(*ops, rm) for rm in range(5)]
        padded = list(ops) + [0] * (3 - len(ops))
        out.append('{%s, {%s}, {%s}, {%s}},' % (
            name, ', '.join('%#x' % x for x in padded), ', '.join('%#x' % r for r, _ in results),
            ', '.join('%#x' % fl for _, fl in results)))
    return out


def float_of(f, v):
    return f.round(Fraction(v), RNE)[0]


def table(f):
    one, n = f.one, f.sign
    third = f.round(Fraction(1, 3), RNE)[0]
    half_ulp = float_of(f, Fraction(1, 2 ** (f.m + 1)))
    quarter_ulp = float_of(f, Fraction(1, 2 ** (f.m + 2)))
    sub = f.min_normal - 1
    snan = f.inf | 1
    three, two = float_of(f, 3), float_of(f, 2)
    half = float_of(f, Fraction(1, 2))
    pairs_add = [(one, half_ulp), (one + 1, half_ulp), (one, quarter_ulp), (one, n | quarter_ulp),
                 (n | one, half_ulp), (f.max, f.max), (n | f.max, n | 1), (one, n | one), (0, n),
                 (n, n), (1, 1), (sub, 1), (f.min_normal, n | 1), (f.inf, n | f.inf),
                 (f.inf, f.max), (f.nan, one), (snan, one), (third, n | one),
                 (f.max, float_of(f, 2 ** (f.bias - f.m - 1)))]
    pairs_mul = [(third, three), (one + 1, one + 1), (n | third, third), (f.max, two),
                 (n | f.max, one + 1), (1, half), (n | 1, half), (3, half), (sub, one + 1),
                 (f.min_normal, one - 1), (f.min_normal, half), (f.min_normal + 1, half),
                 (0, f.inf), (n, three), (f.inf, n | two), (f.nan, snan), (1, 1),
                 (f.min_normal | 1, one - 2)]
    pairs_div = [(one, three), (n | one, three), (two, three), (one, 0), (n | one, 0), (0, 0),
                 (f.inf, f.inf), (one, f.inf), (f.inf, n), (f.min_normal, two), (1, two),
                 (f.max, half), (f.max, one - 1), (sub, f.max), (one, one - 1), (n, three),
                 (snan, 0), (f.nan, 0), (f.min_normal + 1, one + 1)]
    roots = [(two,), (three,), (float_of(f, 4),), (one,), (0,), (n,), (n | one,), (f.inf,),
             (n | f.inf,), (f.nan,), (snan,), (1,), (sub,), (f.min_normal,), (f.max,), (half,),
             (one + 1,), (one - 1,), (third,)]
    triples = [(one + 1, one + 1, n | one), (third, three, n | one), (f.max, two, n | f.max),
               (f.inf, 0, one), (0, f.inf, f.nan), (f.inf, one, n | f.inf), (one, one, n | one),
               (n, one, 0), (n, one, n), (1, half, n | 1), (1, half, 0), (one, snan, 0),
               (f.max, f.max, n | f.inf), (1, float_of(f, Fraction(1, 8)), n | f.min_normal),
               (1, n | float_of(f, Fraction(1, 8)), f.min_normal), (third, third, 1),
               (one - 1, one + 1, n | one)]
    neg = lambda x: x ^ f.sign
    s = f.letter
    out = []
    out += lines(f, 'do_fadd', pairs_add, lambda a, b, rm: add(f, a, b, rm))
    out += lines(f, 'do_fsub', [(a, neg(b)) for a, b in pairs_add],
                 lambda a, b, rm: add(f, a, b if f.is_nan(b) else neg(b), rm))
    out += lines(f, 'do_fmul', pairs_mul, lambda a, b, rm: mul(f, a, b, rm))
    out += lines(f, 'do_fdiv', pairs_div, lambda a, b, rm: div(f, a, b, rm))
    out += lines(f, 'do_fsqrt', roots, lambda a, rm: sqrt(f, a, rm))
    flip = lambda x: x if f.is_nan(x) else neg(x)
    out += lines(f, 'do_fmadd', triples, lambda a, b, c, rm: fma(f, a, b, c, rm))
    out += lines(f, 'do_fmsub', triples, lambda a, b, c, rm: fma(f, a, b, flip(c), rm))
    out += lines(f, 'do_fnmsub', triples, lambda a, b, c, rm: fma(f, flip(a), b, c, rm))
    out += lines(f, 'do_fnmadd', triples, lambda a, b, c, rm: fma(f, flip(a), b, flip(c), rm))
    ints = [0, n, one, n | one, half, n | half, float_of(f, Fraction(3, 2)),
            n | float_of(f, Fraction(5, 2)), n | third, one - 1, f.max, n | f.max, f.inf,
            n | f.inf, f.nan, n | snan, 1, n | 1]
    for power in (31, 32, 63, 64):
        if power < f.bias:
            p = float_of(f, 2 ** power)
            ints += [p, p - 1, n | p, n | (p + 1)]
    if f is D:
        ints += [float_of(f, 2 ** 31 - Fraction(1, 2)), n | float_of(f, 2 ** 31 + Fraction(1, 2)),
                 float_of(f, 2 ** 32 - Fraction(1, 2))]
    for name, width, signed in (('w', 32, 1), ('wu', 32, 0), ('l', 64, 1), ('lu', 64, 0)):
        out += lines(f, 'to_' + name, [(x,) for x in ints],
                     lambda a, rm: to_int(f, a, rm, width, signed))
    words = [0, 1, 2 ** 64 - 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53 + 1, 2 ** 63 - 1,
             2 ** 63, 2 ** 64 - 2 ** 38, 0x123456789abcdef0, 2049, 65519, 65520, 2 ** 24 + 1]
    signed = lambda x, w: (x & (1 << w) - 1) - ((x >> (w - 1) & 1) << w)
    for name, get in (('w', lambda x: signed(x, 32)), ('wu', lambda x: x & 2 ** 32 - 1),
                      ('l', lambda x: signed(x, 64)), ('lu', lambda x: x)):
        out += lines(f, 'from_' + name, [(x,) for x in words],
                     lambda x, rm: f.round(Fraction(get(x)), rm))
    for source in (H, S, D):
        if source.width > f.width:
            tie = float_of(source, 1 + Fraction(1, 2 ** (f.m + 1)))
            edge = [tie, tie + 1, tie - 1, source.max, source.one, 0, source.sign, source.inf,
                    source.nan, source.inf | 1, 1, float_of(source, f.value(f.max)),
                    float_of(source, f.value(f.max)) + 1,
                    float_of(source, f.value(f.min_normal)) - 1,
                    float_of(source, f.value(1) / 2), float_of(source, f.value(1) / 2) + 1,
                    source.sign | float_of(source, f.value(1) * Fraction(3, 2))]
            out += lines(f, 'from_' + source.letter, [(x,) for x in edge],
                         lambda a, rm: convert(source, f, a, rm))
        if source.width < f.width:
            out += lines(f, 'from_' + source.letter,
                         [(x,) for x in (source.one, source.sign, source.max, 1, source.inf,
                                         source.nan, source.inf | 1, source.sign | 3)],
                         lambda a, rm: convert(source, f, a, rm))
    return out


for fmt in (H, S, D):
    with open('fp_%s.inc' % fmt.letter, 'w') as file:
        file.write('/* Made by fp_vectors.py: code, operands, result and flags by rounding mode. */\n')
        file.write('\n'.join(table(fmt)) + '\n')
