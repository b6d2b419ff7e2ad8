# gdb prints Go's values with this: strings, slices, maps and channels by their contents, $len(x) and $cap(x).
import gdb


def fields(typ):
    try:
        return [f.name for f in typ.fields()]
    except TypeError:
        return []


def target(value):
    """The runtime's object behind a map or a channel, and its kind."""
    typ = value.type.strip_typedefs()
    if typ.code == gdb.TYPE_CODE_PTR:
        to = typ.target().strip_typedefs()
        name = to.name or ""
        if to.code == gdb.TYPE_CODE_STRUCT and name.startswith("runtime.map["):
            return "map", to
        if to.code == gdb.TYPE_CODE_STRUCT and name.startswith(("runtime.chan ", "runtime.chan<-", "runtime.<-chan")):
            return "chan", to
    return None, None


class StringPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        length = int(self.value["len"])
        if length == 0:
            return ""
        return self.value["str"].string("utf-8", "replace", length)

    def display_hint(self):
        return "string"


class SlicePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        name = self.value.type.name or str(self.value.type)
        return "%s len %d cap %d" % (name, int(self.value["len"]), int(self.value["cap"]))

    def children(self):
        array = self.value["array"]
        for i in range(int(self.value["len"])):
            yield "[%d]" % i, (array + i).dereference()

    def display_hint(self):
        return "array"


class MapPrinter:
    def __init__(self, value, typ):
        self.value = value
        self.name = typ.name[len("runtime."):]

    def to_string(self):
        if int(self.value) == 0:
            return self.name + " nil"
        return "%s len %d" % (self.name, int(self.value.dereference()["len"]))

    def children(self):
        if int(self.value) == 0:
            return
        table = self.value.dereference()
        dead = table["dead"]
        count = 0
        for i in range(int(table["used"])):
            if int(dead) != 0 and int((dead + i // 64).dereference()) >> (i % 64) & 1:
                continue
            entry = (table["entries"] + i).dereference()
            yield "key%d" % count, entry["key"]
            yield "elem%d" % count, entry["elem"]
            count += 1

    def display_hint(self):
        return "map"


class ChanPrinter:
    def __init__(self, value, typ):
        self.value = value
        self.name = typ.name[len("runtime."):]

    def to_string(self):
        if int(self.value) == 0:
            return self.name + " nil"
        chan = self.value.dereference()
        return "%s len %d cap %d" % (self.name, int(chan["len"]), int(chan["cap"]))


def lookup(value):
    typ = value.type.strip_typedefs()
    if typ.code == gdb.TYPE_CODE_STRUCT:
        names = fields(typ)
        if names == ["str", "len"]:
            return StringPrinter(value)
        if names == ["array", "len", "cap"]:
            return SlicePrinter(value)
        return None
    kind, to = target(value)
    if kind == "map":
        return MapPrinter(value.cast(to.pointer()), to)
    if kind == "chan":
        return ChanPrinter(value.cast(to.pointer()), to)
    return None


class Length(gdb.Function):
    def __init__(self, name):
        super().__init__(name)
        self.name = name

    def invoke(self, value):
        typ = value.type.strip_typedefs()
        if typ.code == gdb.TYPE_CODE_ARRAY:
            low, high = typ.range()
            return high - low + 1
        if typ.code == gdb.TYPE_CODE_PTR:
            return 0 if int(value) == 0 else int(value.dereference()[self.name])
        return int(value[self.name])


def install(objfile):
    place = objfile or gdb
    if not any(getattr(p, "__name__", "") == "escargo_lookup" for p in place.pretty_printers):
        lookup.__name__ = "escargo_lookup"
        place.pretty_printers.append(lookup)
    Length("len")
    Length("cap")


install(gdb.current_objfile())
