// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

namespace klab::test {

// A source tree with the targets of a kernel's Makefile that a build uses. "Compiling" copies, says CC,
// and fails like a compiler where the source says BROKEN; a source that says FOREVER is never done.
inline std::map<std::string, std::string> fake_kernel() {
  return {{"kernel/a.c", "a\n"},
          {"kernel/b.c", "b\n"},
          {"kernel/c.c", "c\n"},
          {"Kconfig",
           "config MODULES\n\tbool \"modules\"\n\tmodules\nconfig FAST\n\tbool \"fast\"\n"
           "config FASTER\n\tbool \"faster\"\n\tdepends on FAST\n"},
          {"Makefile", R"make(
objects := $(patsubst %.c,%.o,$(sort $(wildcard kernel/*.c)))
tinyconfig:
	@echo "  CONFIGURE"
	@echo CONFIG_MODULES=y > .config
olddefconfig:
	@grep -q '^CONFIG_FAST=y' .config && known='FAST|FASTER|MODULES' || known='FAST|MODULES'; \
	 grep -E "^CONFIG_($$known)=" .config | sort -u > .new; mv .new .config
kernelversion:
	@echo 9.9
bzImage: arch/x86/boot/bzImage
arch/x86/boot/bzImage: $(objects) .config
	@mkdir -p arch/x86/boot include/config
	@echo $(objects) > System.map
	@cat $(objects) .config > $@
	@echo 9.9$(LOCALVERSION) > include/config/kernel.release
%.o: %.c
	@echo "  CC      $@"
	@if grep -q BROKEN $<; then echo "/klab/linux/$<:1:2: error: broken"; exit 1; fi
	@if grep -q FOREVER $<; then tail -f /dev/null; fi
	@sh $<.sh 2>/dev/null || true
	@cat $< > $@
ifdef M
modules:
	@echo "  CC [M]  $(M)"
	@if grep -q BROKEN $(M)/ruler.c; then echo "$(M)/ruler.c:3:1: error: broken"; exit 1; fi
	@cat arch/x86/boot/bzImage $(M)/ruler.c > $(M)/ruler.ko
else
modules:
	@cat kernel/a.c > kernel/in_tree.ko; echo kernel/in_tree.o > modules.order
endif
)make"}};
}

}  // namespace klab::test
