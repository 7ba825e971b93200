// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include "cli/doctor.hpp"
#include "util/cgroup.hpp"
#include "util/file.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace fs = std::filesystem;
namespace {

// Of the settings that are known to forbid namespaces, the one that does.
std::string allow_namespaces(const fs::path& root) {
  const auto is = [&](const char* setting, std::string_view value) {
    const auto now = read_file(root / "proc/sys" / setting);
    return now && trim(*now) == value;
  };
  if (is("user/max_user_namespaces", "0")) return "sysctl -w user.max_user_namespaces=15000";
  if (is("kernel/unprivileged_userns_clone", "0")) return "sysctl -w kernel.unprivileged_userns_clone=1";
  if (is("kernel/apparmor_restrict_unprivileged_userns", "1")) return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  return "bwrap --unshare-all --ro-bind / / --proc /proc true";
}

}  // namespace

// A namespace that cannot be made is found out by making one: a dozen settings of kernel, container and
// security module, or a directive of klabd's unit, can forbid it, each in its own words. As build/sandbox.cpp makes one.
Check check_sandbox(const fs::path& bwrap, const fs::path& root) {
  ProcessSpec spec;
  spec.argv = {bwrap.string(),
               "--unshare-all",
               "--unshare-user",
               "--disable-userns",
               "--as-pid-1",
               "--uid",
               "1000",
               "--gid",
               "1000",
               "--hostname",
               "klab",
               "--ro-bind",
               "/usr",
               "/usr",
               "--symlink",
               "usr/bin",
               "/bin",
               "--symlink",
               "usr/lib",
               "/lib",
               "--symlink",
               "usr/lib64",
               "/lib64",
               "--proc",
               "/proc",
               "--remount-ro",
               "/proc",
               "--dev",
               "/dev",
               "--remount-ro",
               "/dev",
               "--die-with-parent",
               "--",
               "/usr/bin/true"};
  spec.environment = std::vector<std::string>{"PATH=/usr/bin:/bin", "LC_ALL=C"};
  spec.merge_stderr = true;
  spec.deadline = std::chrono::seconds(10);
  const auto ended = run_process_blocking(std::move(spec));
  if (ended && ended->ok())
    return {"sandbox", Health::ok, "a process of its own namespaces ran in bubblewrap", ""};
  std::string why = ended ? ended->describe() : ended.error().message;
  if (ended && !ended->out.empty()) why = split_lines(ended->out).front();
  return {"sandbox", Health::missing, printable(why), allow_namespaces(root),
          "kernels are built in user namespaces: they have to be allowed, in a container too"};
}

Check check_build_limits(const Config& config, const DoctorHost& host) {
  const auto place = find_cgroup_place(host.root, ::geteuid() == 0, false);
  const std::string memory = config.build.memory > 0 ? fmt::format("{} MiB", config.build.memory >> 20)
                                                     : std::string("three quarters of the memory");
  const std::string limits =
      fmt::format("{}, {} processes, {} MiB of disk, {} for one kernel", memory, config.build.processes,
                  config.build.disk >> 20, human_duration(config.build.time));
  // The service's own, whoever asks; it is there while the service runs.
  const fs::path unit = host.root / "sys/fs/cgroup/system.slice/klabd.service";
  if (std::error_code ignored; is_installed(config) && fs::exists(unit, ignored)) {
    if (is_delegated(unit))
      return {"build limits", Health::ok, fmt::format("{}; control groups below \"{}\"", limits, unit.string()), ""};
    return {"build limits", Health::note,
            fmt::format("{}; memory and processes are looked at five times a second and by rlimits: klabd.service has no "
                        "\"Delegate=memory pids\"", limits),
            "systemctl cat klabd", "shows which file takes it away"};
  }
  if (!place.parent.empty())
    return {"build limits", Health::ok,
            fmt::format("{}; control groups below \"{}\"", limits, place.parent.string()), ""};
  Check check{"build limits", Health::note,
              fmt::format("{}; memory and processes are looked at five times a second and by rlimits: {}", limits, place.why),
              is_installed(config) ? "systemctl start klabd" : "systemd-run --scope -p Delegate=yes ./lab up",
              "for limits that the kernel keeps"};
  // Controllers that a hierarchy of version 1 holds are not to be had in version 2 before the next boot.
  std::error_code ignored;
  const fs::path groups = host.root / "sys/fs/cgroup";
  if (fs::exists(groups / "memory", ignored) && !fs::exists(groups / "cgroup.controllers", ignored)) {
    check.command = "printf 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX systemd.unified_cgroup_hierarchy=1\"\\n' "
                    ">/etc/default/grub.d/klab.cfg && update-grub";
    check.why = "and boot this host again: its control groups are version 1";
  } else if (!fs::exists(groups / "cgroup.controllers", ignored)) {
    check.command = "mount -t cgroup2 cgroup2 /sys/fs/cgroup";
  }
  return check;
}

}  // namespace klab::cli
