// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/config.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "config/read_host.hpp"
#include "config/read_mail.hpp"
#include "config/read_notify.hpp"
#include "config/toml_reader.hpp"
#include "config/toml_units.hpp"
#include "util/file.hpp"

#ifndef KLAB_SHARE
#define KLAB_SHARE "/usr/share/klab"
#endif

namespace klab {
namespace fs = std::filesystem;
namespace {

fs::path base_directory(const std::string& xdg, const fs::path& home, const char* fallback) {
  return (xdg.empty() ? home / fallback : fs::path(xdg)) / "klab";
}

void read_bytes(TomlReader& reader, const char* key, int least, std::uint64_t& bytes) {
  int mib = 0;
  read_size(reader, key, least, mib);
  if (mib > 0) bytes = static_cast<std::uint64_t>(mib) << 20;
}

void read_build(TomlReader& reader, BuildConfig& build) {
  const auto count = [&reader](const char* key, long long least, long long most, unsigned& to) {
    long long value = to;
    reader.read_range(key, value, least, most);
    to = static_cast<unsigned>(value);
  };
  count("jobs", 0, 4096, build.jobs);
  read_bytes(reader, "memory", 512, build.memory);
  count("processes", 64, 1 << 20, build.processes);
  read_bytes(reader, "disk", 1024, build.disk);
  read_seconds(reader, "time", build.time);
}

void read_machine(TomlReader& reader, const std::string& host, MachineSpec& machine) {
  std::string architecture(name(machine.architecture));
  reader.read("driver", machine.driver);
  if (machine.driver != "libvirt") reader.fail_at("driver", "must be \"libvirt\"; a machine behind a BMC is a [hosts.NAME]");
  reader.read("uri", machine.uri);
  reader.read("acceleration", machine.acceleration);
  if (machine.acceleration != "auto" && machine.acceleration != "kvm" && machine.acceleration != "tcg")
    reader.fail_at("acceleration", "must be \"auto\", \"kvm\" or \"tcg\"");
  reader.read("architecture", architecture);
  if (const auto value = architecture_from_name(architecture)) machine.architecture = *value;
  else reader.fail_at("architecture", "must be \"x86_64\" or \"arm64\"");
  // A machine elsewhere answers for itself.
  if (!reader.failed() && machine.acceleration == "kvm" && machine.uri == "embed" && name(machine.architecture) != host)
    reader.fail_at("acceleration", fmt::format("cannot be \"kvm\" for architecture = \"{}\" on this {} host; give \"auto\" or \"tcg\"",
                                               name(machine.architecture), host));
  reader.read_range("vcpus", machine.vcpus, 1, 512);
  if (reader.has("vcpus")) machine.sockets = 1, machine.cores = machine.vcpus, machine.threads = 1;
  reader.read_range("sockets", machine.sockets, 1, 512);
  reader.read_range("cores", machine.cores, 1, 512);
  reader.read_range("threads", machine.threads, 1, 512);
  if (!reader.failed() && machine.sockets * machine.cores * machine.threads != machine.vcpus)
    reader.fail(fmt::format("sockets x cores x threads is {}, but vcpus is {}",
                            machine.sockets * machine.cores * machine.threads, machine.vcpus));
  read_size(reader, "memory", 64, machine.memory_mib);
  reader.read_texts("vcpu_pins", machine.vcpu_pins);
  if (!reader.failed() && !machine.vcpu_pins.empty() && machine.vcpu_pins.size() != static_cast<std::size_t>(machine.vcpus))
    reader.fail(fmt::format("vcpu_pins has {} entries for {} vcpus", machine.vcpu_pins.size(), machine.vcpus));
  reader.read("emulator_pin", machine.emulator_pin);
  read_seconds(reader, "boot_limit", machine.boot_limit);
  read_seconds(reader, "silence_limit", machine.silence_limit);
  read_seconds(reader, "run_limit", machine.run_limit);
}

// A URL, git's "host:path", or an absolute path: klabd has no directory that another could be meant from.
bool may_be_remote(const std::string& remote) {
  if (remote.starts_with('-') || remote.size() > 1024 || printable(remote) != remote) return false;
  return remote.starts_with('/') || remote.find(':') < remote.find('/');
}

void read_tree(TomlReader& reader, TreeConfig& tree) {
  reader.read("package", tree.package);
  std::string repository = tree.repository.string();
  reader.read("repository", repository);
  tree.repository = repository;
  reader.read("remote", tree.remote);
  reader.read("ref", tree.ref);
  read_seconds(reader, "fetch_limit", tree.fetch_limit);
  if (reader.failed()) return;
  if (!tree.package.empty() + !tree.repository.empty() + !tree.remote.empty() != 1)
    reader.fail("give either package (a Debian source package), repository (a path) or remote (what git fetches from)");
  else if (!tree.remote.empty() && !may_be_remote(tree.remote))
    reader.fail_at("remote", "must be a URL or an absolute path");
  else if (!tree.remote.empty() && !reader.has("ref"))
    reader.fail("a tree with remote needs ref, such as ref = \"master\"");
  else if (tree.remote.empty() && reader.has("fetch_limit"))
    reader.fail_at("fetch_limit", "goes with remote");
  else if (!tree.repository.empty() && !tree.repository.is_absolute())
    reader.fail("repository must be an absolute path");
}

void read_daemon(TomlReader& reader, Config& config) {
  std::string socket = config.socket.string();
  std::string access = "read-only";
  reader.read("socket", socket);
  reader.read("pages", config.pages);
  const auto port = config.pages.substr(config.pages.rfind(':') + 1);
  if (!config.pages.empty() && (config.pages.find(':') == std::string::npos || port.empty() || port.size() > 5 ||
                                port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535))
    reader.fail_at("pages", "must be an address and a port, such as \"127.0.0.1:8080\"");
  reader.read_texts("page_hosts", config.page_hosts);
  reader.read("access", access);
  reader.read_range<std::size_t>("console_limit", config.console_limit, 65536, 1u << 30);
  reader.read_range<std::size_t>("results_limit", config.results_limit, 65536, 1u << 30);
  config.socket = socket;
  if (access == "nobody") config.access = SocketAccess::nobody;
  else if (access == "read-only") config.access = SocketAccess::read_only;
  else if (access == "everybody") config.access = SocketAccess::everybody;
  else reader.fail_at("access", "must be \"nobody\", \"read-only\" or \"everybody\"");
}

void read_defaults(TomlReader& reader, Defaults& defaults) {
  reader.read("tree", defaults.tree);
  reader.read("machine", defaults.machine);
  reader.read("kconfig_base", defaults.kconfig_base);
  reader.read_texts("kconfigs", defaults.kconfigs);
  reader.read_texts("workloads", defaults.workloads);
  reader.read("command_line", defaults.command_line);
  reader.read_range("boots", defaults.boots, 1, 100);
  reader.read_range("delta", defaults.delta, 0.0, 1.0);
}

// An installed program finds what was installed with it; one in a build directory the checkout.
fs::path share_directory() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  const auto installed = program.parent_path().parent_path() / "share/klab";
  return !error && fs::exists(installed / "workloads", error) ? installed : fs::path(KLAB_SHARE);
}

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

ConfigEnvironment config_environment() {
  ConfigEnvironment environment;
  environment.home = environment_variable("HOME");
  if (environment.home.empty()) environment.home = "/root";
  environment.xdg_config_home = environment_variable("XDG_CONFIG_HOME");
  environment.xdg_state_home = environment_variable("XDG_STATE_HOME");
  environment.xdg_cache_home = environment_variable("XDG_CACHE_HOME");
  environment.klab_config = environment_variable("KLAB_CONFIG");
  environment.klab_host = environment_variable("KLAB_HOST");
  environment.share = environment_variable("KLAB_SHARE");
  if (environment.share.empty()) environment.share = share_directory();
  utsname host{};
  if (::uname(&host) == 0) environment.host = std::string_view(host.machine) == "aarch64" ? "arm64" : host.machine;
  environment.cpus = std::max(1u, std::thread::hardware_concurrency());
  return environment;
}

Config default_config(const ConfigEnvironment& environment) {
  Config config;
  config.state = base_directory(environment.xdg_state_home, environment.home, ".local/state");
  config.cache = base_directory(environment.xdg_cache_home, environment.home, ".cache");
  config.share = environment.share;
  config.trees["debian"] = TreeConfig{"debian", "linux-source-6.12", {}, {}, "HEAD"};
  config.machines["vm"] = MachineSpec{};
  MachineSpec arm;
  arm.name = "vm-arm64";
  arm.architecture = Architecture::arm64;
  // An arm64 guest takes its locks in the order of asking (an x86 one that knows itself to be a guest does
  // not): a vCPU that is next and that the host does not run holds up all others, for milliseconds each time.
  if (environment.host != "arm64") arm.vcpus = arm.cores = std::clamp(static_cast<int>(environment.cpus), 2, 8);
  config.machines[arm.name] = arm;
  return config;
}

namespace {

Result<Config> parse_file(std::string_view text, const std::string& file_name, const ConfigEnvironment& environment) {
  auto table = parse_toml(text, file_name);
  if (!table) return table.error();

  Config config = default_config(environment);
  std::optional<Error> error;
  TomlReader reader(*table, "", file_name, error);
  const auto directory = [&](const char* key, fs::path& path) {
    std::string value = path.string();
    reader.read(key, value);
    path = value.starts_with("~/") ? environment.home / value.substr(2) : fs::path(value);
    if (!reader.failed() && !path.is_absolute()) reader.fail_at(key, "must be an absolute path, or one below ~/");
  };
  const auto beside = [&](const char* key, fs::path& path) {
    std::string value;
    reader.read(key, value);
    if (!reader.has(key) || reader.failed()) return;
    path = value.starts_with("~/") ? environment.home / value.substr(2) : fs::absolute(file_name).parent_path() / value;
    if (value.empty()) reader.fail_at(key, "must be a path");
  };
  directory("state", config.state);
  directory("cache", config.cache);
  directory("share", config.share);
  reader.table("daemon", [&](TomlReader& inner) { read_daemon(inner, config); });
  reader.table("defaults", [&](TomlReader& inner) { read_defaults(inner, config.defaults); });
  reader.table("build", [&](TomlReader& inner) { read_build(inner, config.build); });
  reader.each_table("trees", [&](const std::string& name, TomlReader& inner) {
    TreeConfig tree;
    tree.name = name;
    read_tree(inner, tree);
    config.trees[name] = tree;
  });
  reader.each_table("machines", [&](const std::string& name, TomlReader& inner) {
    MachineSpec& machine = config.machines[name];  // over the built-in one of that name
    machine.name = name;
    read_machine(inner, environment.host, machine);
  });
  reader.each_table("hosts", [&](const std::string& name, TomlReader& inner) { add_host(name, inner, config); });
  beside("hosts_directory", config.hosts_directory);
  beside("matrices_directory", config.matrices_directory);
  reader.each_element("notify", [&](TomlReader& inner) { read_notify(inner, config.notify); });
  reader.table("gc", [&](TomlReader& inner) { read_gc(inner, config.gc); });
  reader.table("netboot", [&](TomlReader& inner) { read_netboot(inner, config.netboot); });
  reader.table("mail", [&](TomlReader& inner) { read_mail(inner, config.mail); });
  if (const auto tree = table->at_path("defaults.tree"); tree && !config.trees.count(config.defaults.tree))
    reader.fail(*tree.node(), "defaults.tree", fmt::format("\"{0}\" is no tree; add [trees.{0}]", config.defaults.tree));
  reader.finish();
  if (error) return *error;
  if (config.socket.empty()) config.socket = config.state / "klabd.sock";
  return config;
}

Result<void> add_host_files(Config& config, const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    auto text = read_file(file);
    if (!text) return text.error();
    if (auto added = add_host_file(config, *text, file); !added) return added;
  }
  return {};
}

// What can only be told when all files are read.
Result<Config> checked(Config config, const std::string& file_name) {
  const auto& machine = config.defaults.machine;
  const bool selects = machine.find('=') != std::string::npos;
  if (!selects && !config.machines.count(machine))
    return input_error("cannot use \"{}\": defaults.machine \"{}\" is no machine; add [machines.{}]", file_name, machine, machine);
  if (!config.hosts.empty() && config.netboot.listen.empty())
    return input_error("cannot use \"{}\": it has hosts (such as \"{}\"), but nothing serves them their kernels; give [netboot] "
                       "listen = \"ADDRESS:PORT\"",
                       file_name, config.hosts.begin()->first);
  return config;
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& file_name, const ConfigEnvironment& environment) {
  auto config = parse_file(text, file_name, environment);
  if (!config) return config;
  return checked(std::move(*config), file_name);
}

Result<Config> load_config(const fs::path& explicit_path, const ConfigEnvironment& environment) {
  fs::path path = explicit_path;
  if (path.empty()) path = environment.klab_config;
  if (path.empty()) {
    const fs::path candidates[] = {base_directory(environment.xdg_config_home, environment.home, ".config") / "klab.toml",
                                   "/etc/klab/klab.toml"};
    for (const auto& candidate : candidates) {
      std::error_code ignored;
      if (path.empty() && fs::exists(candidate, ignored)) path = candidate;
    }
  }
  if (path.empty()) return parse_config("", "built-in values", environment);
  auto text = read_file(path);
  if (!text) return text.error();
  auto config = parse_file(*text, path.string(), environment);
  if (!config) return config;
  const auto hosts = config->hosts_directory.empty() ? path.parent_path() / "hosts" : config->hosts_directory;
  if (auto added = add_host_files(*config, hosts); !added) return added.error();
  if (config->matrices_directory.empty()) config->matrices_directory = fs::absolute(path).parent_path() / "matrices";
  return checked(std::move(*config), path.string());
}

}  // namespace klab
