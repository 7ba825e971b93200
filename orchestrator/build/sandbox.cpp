// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/sandbox.hpp"

#include <fmt/format.h>

namespace klab {

std::vector<std::string> sandbox_command(const Sandbox& sandbox, const std::vector<std::string>& inner) {
  std::vector<std::string> argv = {"bwrap",         "--unshare-all", "--unshare-user", "--disable-userns",
                                   "--as-pid-1",    "--uid",         "1000",           "--gid",
                                   "1000",          "--hostname",    "klab",           "--die-with-parent",
                                   "--new-session", "--clearenv"};
  auto add = [&argv](std::initializer_list<std::string> words) { argv.insert(argv.end(), words); };
  for (const std::string& variable : sandbox.environment) {
    const auto equals = variable.find('=');
    add({"--setenv", variable.substr(0, equals), variable.substr(equals + 1)});
  }
  add({"--ro-bind", "/usr", "/usr"});
  for (const char* name : {"bin", "sbin", "lib", "lib64"})
    add({"--symlink", fmt::format("usr/{}", name), fmt::format("/{}", name)});
  // Debian's awk is a link through /etc/alternatives; nothing else of /etc is any of a build's business.
  for (const char* path : {"/etc/alternatives", "/etc/ld.so.cache"}) add({"--ro-bind-try", path, path});
  // A second limit for what bwrap leaves without any: half of the host's memory could go to /dev/shm.
  add({"--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev", "--size", "67108864", "--tmpfs",
       "/dev/shm", "--remount-ro", "/dev", "--size", std::to_string(sandbox.temporary_limit), "--tmpfs",
       "/tmp"});
  for (const Bind& bind : sandbox.binds)
    add({bind.writable ? "--bind" : "--ro-bind", bind.from.string(), bind.to});
  add({"--remount-ro", "/", "--chdir", sandbox.directory, "--", "nice", "-n", "10", "prlimit", "--core=0",
       fmt::format("--fsize={}", sandbox.file_size_limit), fmt::format("--nproc={}", sandbox.process_limit)});
  if (sandbox.address_limit > 0) add({fmt::format("--as={}", sandbox.address_limit)});
  add({"--"});
  argv.insert(argv.end(), inner.begin(), inner.end());
  return argv;
}

std::vector<std::string> launcher_environment() {
  return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC"};
}

}  // namespace klab
