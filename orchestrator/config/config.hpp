// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/boot.hpp"
#include "model/host.hpp"
#include "model/notification.hpp"
#include "util/result.hpp"

namespace klab {

struct TreeConfig {
  std::string name;
  std::string package;                // Debian's source package, e.g. linux-source-6.12; or
  std::filesystem::path repository;   // any git repository, read as it is; or
  std::string remote;                 // what git fetches from, into a repository of klabd's own
  std::string ref = "HEAD";
  std::chrono::seconds fetch_limit = std::chrono::minutes(30);  // of one fetch
};

// What an experiment gets when it does not say otherwise.
struct Defaults {
  std::string tree = "debian";
  std::string machine = "vm";
  std::string kconfig_base = "tinyconfig";
  std::vector<std::string> kconfigs{"lab"};
  std::vector<std::string> workloads{"workqueue:profile=quick"};
  std::string command_line;
  int boots = 5;
  double delta = 0.02;  // practical threshold, as a ratio
};

// What one kernel's build may use, all of its processes together.
struct BuildConfig {
  unsigned jobs = 0;                     // of make; 0: one per CPU
  std::uint64_t memory = 0;              // bytes; 0: three quarters of the host's
  unsigned processes = 4096;
  std::uint64_t disk = 32ull << 30;      // bytes that it may write
  std::chrono::seconds time{7200};
};

// What `klab gc` keeps when its command line does not say otherwise.
struct GcConfig {
  bool daily = false;            // klabd does it by itself, once a day
  int keep_days = 30;            // since it was last used
  std::optional<std::uint64_t> cache_size;  // bytes; unset: no limit, 0: all goes that is not needed
  std::optional<std::uint64_t> boots_size;  // likewise, of the images of boots
};

// How `klab report --send` sends, where the user sits.
struct MailConfig {
  std::string from;                   // Name <address>; empty: as git has it
  std::vector<std::string> sendmail;  // gets the mail on its standard input; empty: nothing is ever sent
};

// Who may use the unix socket besides the daemon's own user and root.
enum class SocketAccess { nobody, read_only, everybody };

struct Config {
  std::filesystem::path state;  // database, socket, logs, run directories
  std::filesystem::path cache;  // trees and builds; may be deleted at any time
  std::filesystem::path share;  // workloads/, kconfigs/, images/, patches/
  std::filesystem::path socket;
  std::string pages;            // "127.0.0.1:8080"; empty: no TCP listener
  std::vector<std::string> page_hosts;  // names of this machine that pages answer to, besides its own
  SocketAccess access = SocketAccess::read_only;
  std::size_t console_limit = 4u << 20;  // bytes of console kept per boot
  std::size_t results_limit = 16u << 20;
  Defaults defaults;
  BuildConfig build;
  std::map<std::string, TreeConfig> trees;
  std::map<std::string, MachineSpec> machines;  // hosts among them
  std::map<std::string, HostSpec> hosts;        // those with driver "ipmi", by the machine's name
  std::filesystem::path hosts_directory;        // *.toml, one host each; empty: hosts/ beside the file
  NetbootConfig netboot;
  std::vector<NotifyChannel> notify;
  GcConfig gc;
  std::filesystem::path matrices_directory;     // *.toml, one matrix each; matrices/ beside the file
  MailConfig mail;

  std::filesystem::path database() const { return state / "klab.db"; }
  std::filesystem::path workloads() const { return share / "workloads"; }
  std::filesystem::path kconfigs() const { return share / "kconfigs"; }
};

// The environment a configuration depends on, passed in so that tests need none.
struct ConfigEnvironment {
  std::filesystem::path home;
  std::string xdg_config_home, xdg_state_home, xdg_cache_home;
  std::string klab_config;  // $KLAB_CONFIG
  std::string klab_host = {};  // $KLAB_HOST
  std::filesystem::path share;
  std::string host = "x86_64";  // architecture, by the names that machines have for it
  unsigned cpus = 2;            // of the host
};
ConfigEnvironment config_environment();  // of this process

// One host's file, named after it, added to the configuration; the keys are those of [hosts.NAME].
Result<void> add_host_file(Config& config, std::string_view text, const std::filesystem::path& file);

// Built-in values: one tree "debian", two machines, "vm" and "vm-arm64".
Config default_config(const ConfigEnvironment& environment);
// The defaults with the file's values laid over. Unknown keys, wrong types and values out of range
// are errors that name file, line and key.
Result<Config> parse_config(std::string_view text, const std::string& file_name, const ConfigEnvironment& environment);
// `explicit_path` (--config), else $KLAB_CONFIG, else klab/klab.toml under the user's and then the
// system's configuration directory, else the built-in values.
Result<Config> load_config(const std::filesystem::path& explicit_path, const ConfigEnvironment& environment);

}  // namespace klab
