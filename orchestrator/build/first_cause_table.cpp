// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/first_cause.hpp"

namespace klab {
namespace {

// file:line: or file:line:column:
#define KLAB_PLACE R"((\S+?):(\d+):(?:(\d+):)? )"

}  // namespace

// Fixtures: tests/data/build/*.log, one a row at least.
const std::vector<CauseRow>& cause_table() {
  static const std::vector<CauseRow> table = {
      // What stands in the way of any build.
      {"memory", "Killed signal", R"(^.*(fatal error: Killed signal terminated program \S+).*$)", 0, 0, 0, 1, 0, true},
      {"memory", "out of memory allocating", R"(^(?:\S+: )?(out of memory allocating .*)$)", 0, 0, 0, 1, 0},
      {"memory", "emory", R"(^(\S[^|]*(?:Cannot allocate memory|memory exhausted|LLVM ERROR: out of memory|Out of memory!|MemoryError).*)$)",
       0, 0, 0, 1, 0},
      {"processes", "esource temporarily unavailable", R"(^(\S[^|]*fork.*: Resource temporarily unavailable)$)", 0, 0, 0, 1, 0},
      {"processes", "Cannot fork", R"(^(\S[^|]*Cannot fork)$)", 0, 0, 0, 1, 0},
      {"processes", "can't start new thread", R"(^(\S[^|]*can't start new thread)$)", 0, 0, 0, 1, 0},
      {"disk", "No space left on device", R"(^.*?([^:\s][^:]*: '?No space left on device'?).*$)", 0, 0, 0, 1, 0, true},
      {"disk", "Disk quota exceeded", R"(^.*?([^:\s][^:]*: Disk quota exceeded).*$)", 0, 0, 0, 1, 0, true},
      {"file size", "ile", R"(^(\S[^|]*(?:File too large|File size limit exceeded).*)$)", 0, 0, 0, 1, 0},
      {"outside", "Read-only file system", R"(^(\S[^|]*: Read-only file system)$)", 0, 0, 0, 1, 0},
      {"network", "resolve host", R"(^(\S[^|]*Could not resolve host.*)$)", 0, 0, 0, 1, 0},
      {"tool", "not found", R"(^(?:/bin/)?(?:ba)?sh: (?:line )?(?:\d+: )?((\S+): (?:command )?not found)$)", 0, 0, 0, 1, 2,
       true},
      {"tool", "No such file", R"(^make(?:\[\d+\])?: ((\S+): No such file or directory)$)", 0, 0, 0, 1, 2, true},
      {"tool", "No such file", R"(^(?:/usr/bin/)?env: ([^\w\s]*(\w[\w.+-]*)[^\w\s]*: No such file or directory)$)", 0, 0, 0, 1,
       2, true},
      {"tool", "libelf-dev", R"x(^(?:\S+:\d+: )?(?:\*\*\* |error: )?"?(Cannot \S+ .*please install (libelf-dev)[^"]*?)"?\.?(?:  Stop\.)?$)x",
       0, 0, 0, 1, 2, true},
      // Compilers.
      {"header", "No such file", "^" KLAB_PLACE R"((fatal error: (\S+): No such file or directory)$)", 1, 2, 3, 4, 5},
      {"header", "file not found", "^" KLAB_PLACE R"((fatal error: '(\S+)' file not found)$)", 1, 2, 3, 4, 5},
      {"compiler bug", "internal compiler error", "^" KLAB_PLACE R"((internal compiler error: .*)$)", 1, 2, 3, 4, 0},
      {"lto", "lto", R"(^((?:lto1|lto-wrapper): (?:fatal error|internal compiler error|error): .*)$)", 0, 0, 0, 1, 0},
      {"compiler bug", "internal compiler error", R"(^(?:\S+: )?(internal compiler error: .*)$)", 0, 0, 0, 1, 0},
      {"stack frame", "frame", "^" KLAB_PLACE
       R"((error: (?:the frame size of \d+ bytes is larger than|stack frame size \(\d+\) exceeds).*)$)", 1, 2, 3, 4, 0},
      {"compiler", "error: implicit declaration", "^" KLAB_PLACE R"((error: implicit declaration of function [^\w]*(\w+).*)$)", 1, 2,
       3, 4, 5},
      {"warning", "[-Werror", "^" KLAB_PLACE R"((error: .*\[-Werror[^\]]*\])$)", 1, 2, 3, 4, 0},
      {"compiler", "error:", "^" KLAB_PLACE R"(((?:fatal )?error: .*)$)", 1, 2, 3, 4, 0},
      {"assembler", "Error:", R"(^\{standard input\}:\d+: (Error: .*)$)", 0, 0, 0, 1, 0},
      {"assembler", "Error:", R"(^(\S+?):(\d+): (Error: .*)$)", 1, 2, 0, 3, 0},
      // Linkers.
      {"linker", "undefined reference",
       R"(^(?:\S*ld: )?(?:\S+: in function `.*':)?\s*(\S+?):(\d+): (undefined reference to [`'](.*)')$)", 1, 2, 0, 3, 4},
      {"linker", "undefined reference",
       R"(^(?:\S*ld: )?(\S+?\.[oa])(?:\(.*\))?:(?: in function `.*':)? ?(?:\S+: )?(undefined reference to [`'](.*)')$)",
       1, 0, 0, 2, 3},
      {"linker", "undefined reference", R"(^(?:\S*ld: )?(\S+?):\(\S+\): (undefined reference to [`'](.*)')$)", 1, 0, 0, 2, 3},
      {"linker", "multiple definition",
       R"(^(?:\S*ld: )?(\S+?\.[oa])(?:\(.*\))?:(?:\S+:)? (multiple definition of [`']([^;']*)'?).*$)", 1, 0, 0, 2, 3},
      {"linker", "ld.lld: error: ", R"(^\S*ld\.lld: error: ((?:undefined|duplicate) symbol: (\S+).*)$)", 0, 0, 0, 1, 2},
      {"linker", "ld: ", R"(^\S*ld: (.*(?:error|cannot|failed|undefined).*)$)", 0, 0, 0, 1, 0},
      {"linker", "ld.lld: error: ", R"(^\S*ld\.lld: error: (.*)$)", 0, 0, 0, 1, 0},
      // The kernel's own tools.
      {"modpost", "undefined!", R"x(^ERROR: (?:modpost: )?("([^"]*)" \[.*\] undefined!)$)x", 0, 0, 0, 1, 2},
      {"section mismatch", "Section mismatches detected", R"(^ERROR: modpost: (Section mismatches detected)\.?.*$)", 0, 0, 0, 1,
       0},
      {"modpost", "ERROR: modpost: ", R"(^ERROR: modpost: (.*)$)", 0, 0, 0, 1, 0},
      {"objtool", "objtool: ", R"(^(\S+): (error: objtool: .*)$)", 1, 0, 0, 2, 0},
      {"btf", "pahole", R"(^BTF: (.*pahole.*(?:is not available|is too old).*)$)", 0, 0, 0, 1, 0, true},
      {"btf", "FAILED", R"(^(FAILED:? (?:load BTF|unresolved symbol) .*)$)", 0, 0, 0, 1, 0},
      {"btf", "BTF", R"(^(Failed to generate BTF .*)$)", 0, 0, 0, 1, 0},
      {"module", "klab: its Kbuild", R"(^klab: (its Kbuild makes no \S+)$)", 0, 0, 0, 1, 0},
      {"kconfig", "recursive dependency", R"(^(?:(\S+?):(\d+):)?\s*(error: recursive dependency detected!?)$)", 1, 2, 0, 3, 0},
      {"kconfig", "Kconfig", R"(^(\S*Kconfig\S*?):(\d+): ?((?!warning)\S.*)$)", 1, 2, 0, 3, 0},
      {"signing key", "signing_key", R"(^make(?:\[\d+\])?: \*\*\* (No rule to make target '\S*signing_key\S*?'.*?)\.?(?:  Stop\.)?$)", 0,
       0, 0, 1, 0},
      {"signing key", "signing_key", R"(^(.*(?:[Cc]an't open|[Cc]annot open|No such file or directory|error|Could not).*signing_key.*)$)",
       0, 0, 0, 1, 0},
      {"signing key", "signing_key", R"(^(\S*signing_key\S*: No such file or directory)$)", 0, 0, 0, 1, 0},
      {"make", "No rule to make target", R"(^make(?:\[\d+\])?: \*\*\* (No rule to make target .*?)\.?(?:  Stop\.)?$)", 0, 0, 0, 1,
       0},
      {"make", "*** ", R"(^(\S*(?:Makefile|Kbuild|\.mk|Makefile\.\w+)):(\d+): \*\*\* (?!\[)(.*?)\.?(?:  Stop\.)?$)", 1, 2, 0, 3, 0},
      {"compiler", "cc1: ", R"(^cc1: ((?:all warnings being treated as errors|.*error.*))$)", 0, 0, 0, 1, 0},
  };
  return table;
}

#undef KLAB_PLACE

}  // namespace klab
