// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <thread>

namespace klab::test {

// Runs `work` on a thread that sees `directory` as a file system of its own; false where that is not allowed.
inline bool on_mount(const std::filesystem::path& directory, const char* type, unsigned long flags,
                     const char* options, const std::function<void()>& work) {
  bool mounted = false;
  std::thread thread([&] {
    if (::unshare(CLONE_FS | CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return;
    if (type ? ::mount("klab", directory.c_str(), type, 0, options) != 0
             : ::mount(directory.c_str(), directory.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
                   ::mount("none", directory.c_str(), nullptr, MS_BIND | MS_REMOUNT | flags, nullptr) != 0)
      return;
    mounted = true;
    work();
  });
  thread.join();
  if (!mounted) WARN("not tested: only root may mount");
  return mounted;
}

}  // namespace klab::test
