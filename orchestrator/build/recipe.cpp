// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/recipe.hpp"

#include <sys/utsname.h>

#include "build/kconfig.hpp"
#include "util/hash.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

bool host_is(const char* machine) {
  utsname host{};
  return ::uname(&host) == 0 && std::string_view(host.machine) == machine;
}

// Part of every key: raise it when the scripts or the environment change what comes out.
constexpr const char* kRecipeVersion = "1";

}  // namespace

// Removals first: a directory may have become a file, and may still hold objects. Copies carry the time of now, which is what tells
// make that they are newer than the baseline's objects.
const char* const kTakeChangesScript = R"(set -e
if [ -s /klab/in/deleted ]; then xargs -0 rm -f -- < /klab/in/deleted; fi
here=$PWD
cd /klab/in/files
find . ! -type d -exec sh -c 'here=$1; shift; for f do if [ -d "$here/$f" ] && [ ! -L "$here/$f" ]; then rm -rf -- "$here/$f"; fi; done' \
  klab "$here" {} +
cd "$here"
cp -R --no-dereference --preserve=mode --remove-destination /klab/in/files/. .
)";

// A configuration that comes out as it was keeps its time, so that nothing is built again for it. Targets that read an old
// one, such as oldconfig, find none: what comes out must not depend on what lies below.
const char* const kConfigureScript = R"(set -e
if [ -e .config ]; then mv .config /tmp/before; fi
make -s "$1"
cat /klab/in/fragments >> .config
make -s olddefconfig
if [ -e /tmp/before ] && cmp -s .config /tmp/before; then cp -p /tmp/before .config; fi
cp .config /klab/out/config
)";

const char* const kKernelScript = R"(set -e
targets=$2
if grep -q '^CONFIG_MODULES=y' .config; then targets="$2 modules"; fi
make -j"$1" --no-print-directory $targets
cp "$3" System.map /klab/out/
cp .config /klab/out/config
cp include/config/kernel.release /klab/out/release
if [ -s modules.order ]; then
  mkdir /klab/out/modules
  sed 's/\.o$/.ko/' modules.order | while read -r module; do cp "$module" /klab/out/modules/; done
fi
)";

const char* const kModuleScript = R"(set -e
make -j"$2" --no-print-directory M=/klab/module modules
if [ ! -e "/klab/module/$1.ko" ]; then echo "klab: its Kbuild makes no $1.ko"; exit 1; fi
cp "/klab/module/$1.ko" /klab/out/
)";

ArchitectureRecipe recipe(Architecture architecture) {
  switch (architecture) {
    case Architecture::arm64:
      return {"arm64", "arm64", host_is("aarch64") ? "" : "aarch64-linux-gnu-", "Image",
              "arch/arm64/boot/Image"};
    case Architecture::x86_64:
      break;
  }
  return {"x86_64", "x86", host_is("x86_64") ? "" : "x86_64-linux-gnu-", "bzImage", "arch/x86/boot/bzImage"};
}

std::vector<std::string> build_environment(Architecture architecture) {
  const ArchitectureRecipe how = recipe(architecture);
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin:/usr/sbin:/sbin",
                                          "HOME=/tmp",
                                          "LC_ALL=C",
                                          "TZ=UTC",
                                          "SOURCE_DATE_EPOCH=946684800",
                                          "KBUILD_BUILD_TIMESTAMP=Sat Jan  1 00:00:00 UTC 2000",
                                          "KBUILD_BUILD_USER=klab",
                                          "KBUILD_BUILD_HOST=klab",
                                          "KBUILD_BUILD_VERSION=1",
                                          "LOCALVERSION=-klab",
                                          "ARCH=" + how.make_name,
                                          "SRCARCH=" + how.source_name};
  if (!how.cross_compile.empty()) environment.push_back("CROSS_COMPILE=" + how.cross_compile);
  return environment;
}

asio::awaitable<Result<Toolchain>> toolchain(Architecture architecture, std::stop_token stop) {
  const std::string prefix = recipe(architecture).cross_compile;
  ProcessSpec spec;
  spec.argv = {"sh", "-c",
               "set -e; \"$1gcc\" --version; \"$1ld\" --version; \"$1as\" --version; make --version; "
               "flex --version; bison --version",
               "klab-toolchain", prefix};
  spec.environment = std::vector<std::string>{"PATH=/usr/bin:/bin", "LC_ALL=C"};
  auto ended = co_await run_process(std::move(spec), stop);
  if (!ended) co_return ended.error();
  if (!ended->ok()) {
    Error error = lab_error("cannot build for \"{}\": {}gcc, {}ld, make, flex or bison is missing",
                            name(architecture), prefix, prefix);
    error.tail = tail(ended->err, 5);
    co_return error;
  }
  Toolchain found;
  found.compiler = split_lines(ended->out).front();
  found.identity = ended->out;
  co_return found;
}

std::string kernel_key(const AppliedSeries& applied, const Kconfig& kconfig, Architecture architecture,
                       const Toolchain& toolchain) {
  FieldHash hash;
  hash.add("recipe", kRecipeVersion).add("tree", applied.tree_id);
  hash.add("architecture", name(architecture)).add("toolchain", toolchain.identity);
  hash.add("base", kconfig.base).add("fragments", merged_fragments(kconfig));
  for (const std::string& variable : build_environment(architecture)) hash.add("environment", variable);
  return hash.hex();
}

std::string module_key(const std::string& kernel_key, const std::string& module_name,
                       const std::string& module_hash) {
  FieldHash hash;
  hash.add("recipe", kRecipeVersion)
      .add("kernel", kernel_key)
      .add("name", module_name)
      .add("source", module_hash);
  return hash.hex();
}

}  // namespace klab
