// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/read_host.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <regex>

#include "config/toml_units.hpp"

namespace klab {
namespace {

// As libfreeipmi and libipmiconsole know them; machine/ipmi gives each its meaning.
constexpr std::array workaround_names{"authentication-capabilities", "intel-2-0-session", "supermicro-2-0-session",
                                      "sun-2-0-session",             "open-session-privilege", "non-empty-integrity-check-value",
                                      "ignore-sol-payload-size",     "ignore-sol-port",        "skip-sol-activation-status",
                                      "skip-channel-payload-support"};

bool matches(const std::string& text, const char* pattern) { return std::regex_match(text, std::regex(pattern)); }

template <class Enum, std::size_t size>
void read_choice(TomlReader& reader, const char* key, const std::array<std::pair<const char*, Enum>, size>& choices, Enum& to) {
  std::string text;
  reader.read(key, text);
  if (!reader.has(key) || reader.failed()) return;
  std::vector<std::string> names;
  for (const auto& [choice, value] : choices) {
    if (text == choice) {
      to = value;
      return;
    }
    names.push_back(fmt::format("\"{}\"", choice));
  }
  reader.fail_at(key, "must be " + join(names, " or "));
}

// "name", "name:port", "[::1]:port"
bool split_address(const std::string& text, std::string& host, std::uint16_t& port) {
  std::smatch parts;
  if (!std::regex_match(text, parts, std::regex(R"((\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:([0-9]{1,5}))?)"))) return false;
  host = parts[1];
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  if (!parts[3].matched) return true;
  const int value = std::stoi(parts[3]);
  if (value < 1 || value > 65535) return false;
  port = static_cast<std::uint16_t>(value);
  return true;
}

void read_bmc(TomlReader& reader, HostSpec& host) {
  std::string bmc, password_file;
  reader.read("bmc", bmc);
  if (bmc.empty()) reader.fail_at("bmc", "give the BMC's address, such as \"10.0.0.5\" or \"10.0.0.5:623\"");
  else if (!split_address(bmc, host.bmc_address, host.bmc_port)) reader.fail_at("bmc", "must be ADDRESS or ADDRESS:PORT");
  reader.read("user", host.user);
  if (host.user.empty() || host.user.size() > 16) reader.fail_at("user", "give the BMC's user, 1 to 16 characters");
  reader.read("password_file", password_file);
  host.password_file = password_file;
  reader.read_texts("password_command", host.password_command);
  if (!reader.failed() && host.password_file.empty() == host.password_command.empty())
    reader.fail("give either password_file (a path) or password_command (a program that prints the password)");
  if (!host.password_file.empty() && !host.password_file.is_absolute()) reader.fail_at("password_file", "must be an absolute path");
  reader.read_range("cipher_suite", host.cipher_suite, 0, 17);
  if (constexpr std::array known{0, 1, 2, 3, 6, 7, 8, 11, 12, 15, 16, 17};
      std::find(known.begin(), known.end(), host.cipher_suite) == known.end())
    reader.fail_at("cipher_suite", "must be one that IPMI 2.0 defines and the library speaks, such as 3 or 17");
  reader.read_texts("workarounds", host.workarounds);
  for (const auto& name : host.workarounds)
    if (std::find(workaround_names.begin(), workaround_names.end(), name) == workaround_names.end())
      reader.fail_at("workarounds", fmt::format("there is no \"{}\"; known are {}", printable(name), fmt::join(workaround_names, ", ")));
}

void read_console(TomlReader& reader, HostSpec& host) {
  std::string console = "sol";
  reader.read("console", console);
  const auto colon = console.find(':');
  const std::string way = console.substr(0, colon);
  host.console_target = colon == std::string::npos ? std::string() : console.substr(colon + 1);
  const auto bad = [&] {
    reader.fail_at("console", "must be \"sol\", \"telnet:HOST:PORT\", \"conserver:NAME\", \"conserver:NAME@HOST\" or \"serial:/dev/DEVICE\"");
  };
  if (console == "sol") host.console = ConsoleWay::sol;
  else if (way == "telnet" && matches(host.console_target, R"([A-Za-z0-9._-]+:[0-9]{1,5})")) host.console = ConsoleWay::telnet;
  else if (way == "conserver" && matches(host.console_target, R"([A-Za-z0-9._][A-Za-z0-9._-]*(@[A-Za-z0-9._][A-Za-z0-9._-]*)?)"))
    host.console = ConsoleWay::conserver;
  else if (way == "serial" && host.console_target.starts_with('/')) host.console = ConsoleWay::serial;
  else bad();
}

void read_machine_of_host(TomlReader& reader, MachineSpec& machine) {
  std::string architecture(name(machine.architecture)), nic, pool;
  reader.read("architecture", architecture);
  if (const auto value = architecture_from_name(architecture)) machine.architecture = *value;
  else reader.fail_at("architecture", "must be \"x86_64\" or \"arm64\"");
  reader.read_range("sockets", machine.sockets, 1, 512);
  reader.read_range("cores", machine.cores, 1, 512);
  reader.read_range("threads", machine.threads, 1, 8);
  machine.vcpus = machine.sockets * machine.cores * machine.threads;
  read_size(reader, "memory", 64, machine.memory_mib);
  reader.read("kernel_console", machine.kernel_console);
  if (!matches(machine.kernel_console, "tty[A-Za-z]{1,8}[0-9]{1,3}(,[0-9]{1,7}[a-z0-9]{0,4})?"))
    reader.fail_at("kernel_console", "give the kernel's name of the serial line behind the console, such as \"ttyS1,115200n8\"");
  reader.read("nic", nic);
  if (nic.empty() || !matches(nic, "[A-Za-z0-9][A-Za-z0-9._+-]{0,63}"))
    reader.fail_at("nic", "give the kconfig fragment with the driver of the NIC it boots from, such as \"nic-igb\"; kconfigs/ has them");
  machine.kconfigs = {"netboot", nic};
  reader.read_texts("labels", machine.labels);
  for (const auto& label : machine.labels)
    if (!matches(label, "[A-Za-z0-9_.-]{1,32}=[A-Za-z0-9_.-]{1,64}") || label.starts_with("arch=") || label.starts_with("pool="))
      reader.fail_at("labels", "must be a list of \"key=value\"; arch and pool have keys of their own");
  reader.read("pool", pool);
  if (!pool.empty() && !matches(pool, "[A-Za-z0-9_.-]{1,64}")) reader.fail_at("pool", "must be a name");
  machine.labels.push_back("arch=" + std::string(name(machine.architecture)));
  if (!pool.empty()) machine.labels.push_back("pool=" + pool);
  read_seconds(reader, "boot_limit", machine.boot_limit);
  read_seconds(reader, "silence_limit", machine.silence_limit);
  read_seconds(reader, "run_limit", machine.run_limit);
}

}  // namespace

void add_host(const std::string& name, TomlReader& reader, Config& config) {
  MachineSpec machine;
  machine.name = name;
  machine.driver = "ipmi";
  machine.uri.clear();
  machine.sockets = machine.cores = machine.threads = 1;
  machine.memory_mib = 0;
  machine.kernel_console = "ttyS0,115200n8";
  machine.boot_limit = std::chrono::seconds(600);
  machine.silence_limit = std::chrono::seconds(120);
  machine.run_limit = std::chrono::seconds(3600);
  HostSpec host;
  host.name = name;
  if (!matches(name, "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"))
    reader.fail("a host's name is 1 to 64 letters, digits, '-', '_' or '.'");
  if (const auto other = config.machines.find(name); other != config.machines.end())
    reader.fail(other->second.driver == "ipmi" ? "this host is configured twice" : "a machine has this name already");
  read_bmc(reader, host);
  read_console(reader, host);
  reader.read("mac", host.mac);
  host.mac = to_lower(host.mac);
  if (!matches(host.mac, "([0-9a-f]{2}:){5}[0-9a-f]{2}"))
    reader.fail_at("mac", "give the MAC address of the NIC it boots from, such as \"52:54:00:12:34:56\"");
  for (const auto& [other, spec] : config.hosts)
    if (spec.mac == host.mac) reader.fail_at("mac", fmt::format("host \"{}\" has it already", other));
  reader.read("address", host.address);
  if (!host.address.empty() && !matches(host.address, R"([0-9]{1,3}(\.[0-9]{1,3}){3})")) reader.fail_at("address", "must be an IPv4 address");
  read_choice(reader, "netboot", std::array{std::pair{"legacy", NetbootWay::legacy}, std::pair{"uefi", NetbootWay::uefi}}, host.netboot);
  read_choice(reader, "results", std::array{std::pair{"http", DeliveryWay::http}, std::pair{"console", DeliveryWay::console}}, host.results);
  read_choice(reader, "after_use", std::array{std::pair{"off", AfterUse::off}, std::pair{"on", AfterUse::on}}, host.after_use);
  reader.read("simulated", host.simulated);
  read_seconds(reader, "settle", host.settle, 0);
  read_seconds(reader, "power_limit", host.power_limit);
  read_seconds(reader, "netboot_limit", host.netboot_limit);
  read_machine_of_host(reader, machine);
  if (reader.failed()) return;
  config.machines[name] = machine;
  config.hosts[name] = host;
}

void read_netboot(TomlReader& reader, NetbootConfig& netboot) {
  reader.read("listen", netboot.listen);
  if (!netboot.listen.empty() && !matches(netboot.listen, R"([0-9]{1,3}(\.[0-9]{1,3}){3}:[0-9]{1,5})"))
    reader.fail_at("listen", "must be an IPv4 address that hosts can reach and a port, such as \"10.77.0.1:8080\"");
  reader.read("dnsmasq", netboot.dnsmasq);
  reader.read("interface", netboot.interface);
  if (!netboot.interface.empty() && !matches(netboot.interface, "[A-Za-z0-9_.-]{1,15}")) reader.fail_at("interface", "must be a network interface");
  reader.read("dhcp_range", netboot.dhcp_range);
  if (!netboot.dhcp_range.empty() && !matches(netboot.dhcp_range, R"([0-9]{1,3}(\.[0-9]{1,3}){3},[0-9]{1,3}(\.[0-9]{1,3}){3})"))
    reader.fail_at("dhcp_range", "must be \"FIRST,LAST\", two IPv4 addresses");
  if (!reader.failed() && netboot.dnsmasq && (netboot.interface.empty() || netboot.dhcp_range.empty() || netboot.listen.empty()))
    reader.fail("dnsmasq = true needs listen, interface and dhcp_range");
}

Result<void> add_host_file(Config& config, std::string_view text, const std::filesystem::path& file) {
  const std::string file_name = file.string();
  auto table = parse_toml(text, file_name);
  if (!table) return table.error();
  std::optional<Error> error;
  TomlReader reader(*table, "", file_name, error);
  add_host(file.stem().string(), reader, config);
  reader.finish();
  if (error) return *error;
  return {};
}

}  // namespace klab
