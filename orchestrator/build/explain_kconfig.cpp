// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/kconfig.hpp"

namespace klab {

// Runs inside the sandbox, in the source tree: the Kconfig files of a series are hostile until shown
// otherwise. Reads .config and standard input; see explanation_request().
const char* const kExplainScript = R"python(
import io, os, re, subprocess, sys

def first_line(command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.split("\n")[0]

cross = os.environ.get("CROSS_COMPILE", "")
os.environ.update(
    srctree=".", CC=cross + "gcc", LD=cross + "ld", AR=cross + "ar", NM=cross + "nm", HOSTCC="gcc", HOSTCXX="g++",
    OBJCOPY=cross + "objcopy", RUSTC="rustc", BINDGEN="bindgen", PAHOLE="pahole", CLANG_FLAGS="", PAHOLE_VERSION="0",
    CC_VERSION_TEXT=first_line([cross + "gcc", "--version"]), RUSTC_VERSION_TEXT="",
    KERNELVERSION=first_line(["make", "-s", "kernelversion"]))

try:
    import kconfiglib
except ImportError:
    for line in sys.stdin:
        print(line.split("\t")[0] + "\tthe unmet dependency is not known: python3-kconfiglib is not installed")
    sys.exit(0)

class Tree(kconfiglib.Kconfig):
    """Takes the words that Kconfig has learnt since kconfiglib 14."""
    def _open(self, filename, mode):
        file = super()._open(filename, mode)
        if "Kconfig" not in os.path.basename(filename):
            return file
        with file:
            text = re.sub(r"(?m)^(\s+)modules[ \t]*$", r"\1option modules", file.read())
            return io.StringIO(re.sub(r"(?m)^\s+transitional[ \t]*$", "", text))

try:
    kconfig = Tree("Kconfig", warn=False)
except kconfiglib.KconfigError as error:
    for line in sys.stdin:
        print(line.split("\t")[0] + "\tthe unmet dependency is not known: " + str(error).split("\n")[0])
    sys.exit(0)
kconfig.load_config(".config")
LEVEL = {"n": 0, "m": 1, "y": 2}
NAME = "nmy"

def show(expression):
    return kconfiglib.expr_str(expression)

def plain(item):
    return item.str_value if isinstance(item, kconfiglib.Symbol) else NAME[item.tri_value]

def unmet(expression, level):
    """The terms of a conjunction that keep it below the level."""
    if isinstance(expression, tuple) and expression[0] is kconfiglib.AND:
        return unmet(expression[1], level) + unmet(expression[2], level)
    if kconfiglib.expr_value(expression) >= level:
        return []
    if isinstance(expression, (kconfiglib.Symbol, kconfiglib.Choice)):
        return ["%s (%s)" % (expression.name or "choice", plain(expression))]
    return [show(expression)]

def unique(terms):
    return list(dict.fromkeys(terms))

def why(name, wanted):
    symbol = kconfig.syms.get(name)
    if symbol is None or not symbol.nodes:
        return "this tree has no such symbol"
    if symbol.orig_type in (kconfiglib.BOOL, kconfiglib.TRISTATE) and wanted not in LEVEL:
        return "it is y or n"
    level = LEVEL.get(wanted, 2)
    if level < symbol.tri_value:
        selecting = [s for s in kconfiglib.split_expr(symbol.rev_dep, kconfiglib.OR)
                     if kconfiglib.expr_value(s) > level]
        if selecting:
            return "selected by " + ", ".join(
                kconfiglib.split_expr(s, kconfiglib.AND)[0].name for s in selecting[:4])
    if wanted == "m" and symbol.orig_type is kconfiglib.BOOL:
        return "it is y or n, not m"
    terms = unmet(symbol.direct_dep, level if level else 2)
    if terms:
        return "unmet: " + ", ".join(unique(terms))
    prompts = [node.prompt[1] for node in symbol.nodes if node.prompt]
    if not prompts:
        return "it has no prompt; only other symbols set it"
    if all(kconfiglib.expr_value(condition) == 0 for condition in prompts):
        return "it can be changed only with " + " or ".join(unique(show(c) for c in prompts))
    if symbol.choice is not None and symbol.choice.selection is not None and symbol.choice.selection is not symbol:
        return "the choice it belongs to is taken by " + symbol.choice.selection.name
    ranges = [r for r in symbol.ranges if kconfiglib.expr_value(r[2])]
    if ranges:
        return "its range is %s to %s" % (ranges[0][0].str_value, ranges[0][1].str_value)
    return "its dependencies hold; a later default or the choice it belongs to decides"

for line in sys.stdin:
    name, wanted = line.rstrip("\n").split("\t", 1)
    print(name + "\t" + why(name, wanted))
)python";

}  // namespace klab
