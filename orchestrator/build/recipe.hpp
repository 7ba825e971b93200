// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "build/apply.hpp"
#include "build/sandbox.hpp"
#include "model/variant.hpp"
#include "util/result.hpp"

namespace klab {

// What differs between architectures.
struct ArchitectureRecipe {
  std::string make_name;      // ARCH=
  std::string source_name;    // arch/<this>
  std::string cross_compile;  // CROSS_COMPILE=, empty on a host of the same architecture
  std::string target;         // of make
  std::string image;          // relative to the source tree
};
ArchitectureRecipe recipe(Architecture architecture);

// The environment of everything that runs in the sandbox; all that a kernel records of its build
// (date, user, host, version) is constant.
std::vector<std::string> build_environment(Architecture architecture);

// Shell scripts that run in the sandbox, in the source tree. They find their input under kSandboxIn
// and leave results under kSandboxOut.
//   take_changes: files/ and deleted
//   configure $1=base: fragments; leaves `config`
//   kernel $1=jobs $2=target $3=image: leaves the image, config, release, System.map, modules/
//   module $1=name $2=jobs: builds /klab/module, which holds a copy of the module's source
extern const char* const kTakeChangesScript;
extern const char* const kConfigureScript;
extern const char* const kKernelScript;
extern const char* const kModuleScript;

struct Toolchain {
  std::string compiler;  // first line of gcc --version
  std::string identity;  // every version that can change an object file
};
boost::asio::awaitable<Result<Toolchain>> toolchain(Architecture architecture, std::stop_token stop);

// Addresses of builds. A tree id is git's hash of every file's content, mode and name: it stands for
// base commit and patch contents together, and a series that leaves the source as it was is its base.
std::string kernel_key(const AppliedSeries& applied, const Kconfig& kconfig, Architecture architecture,
                       const Toolchain& toolchain);
std::string module_key(const std::string& kernel_key, const std::string& module_name,
                       const std::string& module_hash);

}  // namespace klab
