"""A few words in which a loop over vectors of numbers is written down, operation by operation, for LLVM.

What is written is what is done: nothing here leaves an order of operations, or whether two of them are fused, to a
compiler, so that every CPU gives the same bytes. A vector longer than those of the CPU is done in parts. Used only
while a loop is compiled (`stage.machine_code`); what is kept needs nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from llvmlite import ir

BYTE, INT32, COUNT = ir.IntType(8), ir.IntType(32), ir.IntType(64)
FLOAT, DOUBLE, POINTER = ir.FloatType(), ir.DoubleType(), ir.PointerType()
BYTES = {INT32: 4, COUNT: 8, FLOAT: 4, DOUBLE: 8, POINTER: 8}

Type: TypeAlias = Any
Like: TypeAlias = "Value | int | float"


def vector(of: Type, lanes: int) -> Type:
    return ir.VectorType(of, lanes)


def _scalar(kind: Type) -> Type:
    return kind.element if isinstance(kind, ir.VectorType) else kind


class Value:
    """A number or a vector of them that the loop will have; vectors take numbers for each of their lanes."""

    def __init__(self, builder: ir.IRBuilder, value: Any) -> None:
        self.builder, self.value = builder, value

    @property
    def count(self) -> int:
        """Its lanes."""
        return int(self.value.type.count)

    def same(self, other: Like) -> Any:
        """`other` as this is."""
        if isinstance(other, Value):
            return other.value
        return constant(self.value.type, other)

    def _with(self, other: Like, whole: str, broken: str) -> Value:
        operation = whole if isinstance(_scalar(self.value.type), ir.IntType) else broken
        return Value(self.builder, getattr(self.builder, operation)(self.value, self.same(other)))

    def __add__(self, other: Like) -> Value:
        return self._with(other, "add", "fadd")

    def __sub__(self, other: Like) -> Value:
        return self._with(other, "sub", "fsub")

    def __mul__(self, other: Like) -> Value:
        return self._with(other, "mul", "fmul")

    def __neg__(self) -> Value:
        return Value(self.builder, self.builder.fneg(self.value))

    def __lt__(self, other: Like) -> Value:
        return Value(self.builder, self.builder.icmp_signed("<", self.value, self.same(other)))

    def __and__(self, other: Like) -> Value:
        return Value(self.builder, self.builder.and_(self.value, self.same(other)))

    def equals(self, other: Like) -> Value:
        return Value(self.builder, self.builder.icmp_signed("==", self.value, self.same(other)))

    def or_more(self, other: Value) -> Value:
        """The greater of two whole numbers, lane by lane."""
        return Value(self.builder, self.builder.select((self < other).value, other.value, self.value))

    def within(self, least: float, most: float) -> Value:
        """Of a broken number: whether it is a number, and between these."""
        at_least = self.builder.fcmp_ordered(">=", self.value, self.same(least))
        at_most = self.builder.fcmp_ordered("<=", self.value, self.same(most))
        return Value(self.builder, self.builder.and_(at_least, at_most))

    def rest_of(self, divisor: int) -> Value:
        """What dividing a count leaves."""
        return Value(self.builder, self.builder.urem(self.value, self.same(divisor)))

    def bits(self, kind: Type) -> Value:
        """The same bits, read as another type."""
        return Value(self.builder, self.builder.bitcast(self.value, kind))

    def highest(self) -> Value:
        """Of all lanes, of whole numbers."""
        most, lanes = self, self.count
        while lanes > 1:
            lanes //= 2
            most = most.lanes(range(lanes)).or_more(most.lanes(range(lanes, 2 * lanes)))
        return most

    def times_plus(self, factor: Value, more: Value) -> Value:
        """This times `factor` plus `more`, rounded once."""
        kind = self.value.type
        lanes = f"v{kind.count}" if isinstance(kind, ir.VectorType) else ""
        name = f"llvm.fma.{lanes}f{8 * BYTES[_scalar(kind)]}"
        module = self.builder.module
        fma = module.globals.get(name) or ir.Function(module, ir.FunctionType(kind, [kind] * 3), name)
        return Value(self.builder, self.builder.call(fma, (self.value, factor.value, more.value)))

    def lanes(self, places: Sequence[int], after: Value | None = None) -> Value:
        """Those lanes, in that order; the lanes of `after` are counted behind one's own."""
        other = ir.Constant(self.value.type, ir.Undefined) if after is None else after.value
        mask = ir.Constant(ir.VectorType(INT32, len(places)), list(places))
        return Value(self.builder, self.builder.shuffle_vector(self.value, other, mask))

    def repeated(self, lanes: int) -> Value:
        """Over and over, to so many lanes."""
        return self.lanes([lane % self.count for lane in range(lanes)])

    def exactly(self, kind: Type) -> Value:
        """Float as double."""
        return Value(self.builder, self.builder.fpext(self.value, kind))

    def rounded(self, kind: Type) -> Value:
        """Double as float."""
        return Value(self.builder, self.builder.fptrunc(self.value, kind))


def constant(kind: Type, number: float) -> Any:
    if isinstance(kind, ir.VectorType):
        return ir.Constant(kind, [number] * kind.count)
    return ir.Constant(kind, number)


class Code:
    """One function that returns nothing, while it is written. `arguments` are what it finds where it is told to:
    pointers or counts."""

    def __init__(self, name: str, kinds: Sequence[Type]) -> None:
        self.module = ir.Module(name)
        function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), [POINTER]), name)
        self.builder = ir.IRBuilder(function.append_basic_block())
        told = Value(self.builder, function.args[0])
        self.arguments = [self.load(told, place, kind) for place, kind in enumerate(kinds)]

    def number(self, kind: Type, number: float) -> Value:
        return Value(self.builder, constant(kind, number))

    def _at(self, memory: Value, place: Like, kind: Type) -> Any:
        if not isinstance(place, Value):
            place = self.number(COUNT, place)
        return self.builder.gep(memory.value, [place.value], source_etype=kind)

    def load(self, memory: Value, place: Like, kind: Type) -> Value:
        """The number at a place, or the vector that begins there; places are counted in numbers."""
        one = _scalar(kind)
        return Value(self.builder, self.builder.load(self._at(memory, place, one), align=BYTES[one], typ=kind))

    def index(self, memory: Value, place: Like) -> Value:
        """An int32 as a count."""
        return Value(self.builder, self.builder.sext(self.load(memory, place, INT32).value, COUNT))

    def pointer(self, address: Value) -> Value:
        return Value(self.builder, self.builder.inttoptr(address.value, POINTER))

    def whole(self, pointer: Value) -> Value:
        """A pointer as a number."""
        return Value(self.builder, self.builder.ptrtoint(pointer.value, COUNT))

    def store(self, value: Value, memory: Value, place: Like) -> None:
        one = _scalar(value.value.type)
        self.builder.store(value.value, self._at(memory, place, one), align=BYTES[one])

    def repeat(
        self, first: Like, stop: Like, step: int, body: Callable[..., Sequence[Value] | None], *carried: Value
    ) -> list[Value]:
        """Have `body(at, *carried)` for all of a range; what it returns is carried to the next turn, and returned."""
        builder = self.builder
        before = builder.block
        test, turn, after = (builder.append_basic_block() for _ in range(3))
        end = stop.value if isinstance(stop, Value) else constant(COUNT, stop)
        builder.branch(test)
        builder.position_at_end(test)
        at = builder.phi(COUNT)
        at.add_incoming(first.value if isinstance(first, Value) else constant(COUNT, first), before)
        held = [builder.phi(one.value.type) for one in carried]
        for phi, one in zip(held, carried, strict=True):
            phi.add_incoming(one.value, before)
        builder.cbranch(builder.icmp_signed("<", at, end), turn, after)
        builder.position_at_end(turn)
        new = body(Value(builder, at), *(Value(builder, phi) for phi in held)) or ()
        at.add_incoming(builder.add(at, constant(COUNT, step)), builder.block)
        for phi, one in zip(held, new, strict=True):
            phi.add_incoming(one.value, builder.block)
        builder.branch(test)
        builder.position_at_end(after)
        return [Value(builder, phi) for phi in held]

    def choose(self, condition: Value, yes: Value, no: Value) -> Value:
        return Value(self.builder, self.builder.select(condition.value, yes.value, no.value))

    def where(self, condition: Value, then: Callable[[], Value]) -> Value:
        """Whether both are true; the second is not looked at unless the first is."""
        builder, before = self.builder, self.builder.block
        with builder.if_then(condition.value):
            also = then()
            inside = builder.block
        both = builder.phi(ir.IntType(1))
        both.add_incoming(constant(ir.IntType(1), 0), before)
        both.add_incoming(also.value, inside)
        return Value(builder, both)

    def when(self, condition: Value, then: Callable[[], None], otherwise: Callable[[], None] = lambda: None) -> None:
        with self.builder.if_else(condition.value) as (yes, no):
            with yes:
                then()
            with no:
                otherwise()

    def written(self) -> str:
        self.builder.ret_void()
        return str(self.module)
