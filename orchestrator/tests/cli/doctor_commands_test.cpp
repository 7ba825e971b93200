// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever doctor finds wanting, a command stands with it.
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "cli/doctor.hpp"
#include "cli/program.hpp"
#include "cli/responder.hpp"
#include "support/error_words.hpp"
#include "util/fd.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::cli;
using klab::cli::test::Responder;
using klab::cli::test::run_klab;

namespace {

// The first words of commands that doctor may give.
const std::set<std::string> commands{"apt-get", "bwrap",   "chmod", "chown",    "cpupower", "df",         "git",     "grep",        "install",  "ip",
                                     "journalctl", "klab", "modprobe", "mount", "./lab",    "ps",         "ss",      "ssh",         "sysctl",   "systemctl",
                                     "systemd-run", "timedatectl", "usermod", "printf", "sudo"};

void each_has_its_command(const std::vector<Check>& checks) {
  for (const auto& check : checks) {
    INFO(check.what << ": " << check.found << ": " << check.command);
    if (check.health == Health::ok) CHECK(check.command.empty());
    else CHECK(commands.count(split(check.command, ' ').front()) == 1);
    CHECK((check.command.find('\n') == std::string::npos && check.command.find("; ") == std::string::npos));
  }
}

const Check& find(const std::vector<Check>& checks, const std::string& what) {
  for (const auto& check : checks)
    if (check.what == what) return check;
  FAIL("no check of " + what);
  throw 0;
}

// A machine that lacks everything, and a configuration that asks for all of it.
struct Poor {
  Poor() {
    ConfigEnvironment environment;
    environment.home = "/proc/nowhere";
    environment.share = folder.path() / "share";
    config = default_config(environment);
    config.trees["mainline"] = {"mainline", "", folder.path() / "no tree", "HEAD"};
    config.pages = "192.0.2.1:8080";
    config.mail.sendmail = {"msmtp", "-t"};
    HostSpec spec;
    spec.name = "host1";
    spec.password_file = folder.path() / "password";
    spec.console = ConsoleWay::conserver;
    config.hosts["host1"] = spec;
    spec.name = "host2";
    spec.password_file.clear();
    spec.password_command = {"pass", "show", "x"};
    config.hosts["host2"] = spec;
    config.netboot.dnsmasq = true;
    NotifyChannel channel;
    channel.name = "hook";
    channel.webhook = "https://chat.example.org/x";
    config.notify.push_back(channel);
    channel.name = "secret";
    channel.secret_file = folder.path() / "secret";
    config.notify.push_back(channel);
    channel = {};
    channel.name = "drafts";
    channel.mail_draft = folder.path() / "Maildir";
    config.notify.push_back(channel);
    channel = {};
    channel.name = "script";
    channel.command = {"/usr/local/bin/told"};
    config.notify.push_back(channel);
    host.root = folder.path();
    host.path = (folder.path() / "bin").string();
    host.clock_is_set = false;
  }
  void write(const std::string& path, const std::string& text) {
    REQUIRE(make_directories((folder.path() / path).parent_path()).has_value());
    REQUIRE(write_file_atomic(folder.path() / path, text).has_value());
  }
  TemporaryDirectory folder = TemporaryDirectory::create("/tmp", "klab-poor-").value();
  Config config;
  DoctorHost host;
};

}  // namespace

TEST_CASE("doctor: every finding names the command that mends it") {
  Poor poor;
  each_has_its_command(check_host(poor.config, poor.host));
  poor.config.matrices_directory = poor.folder.path() / "matrices";
  poor.write("matrices/nightly.toml", "boots = 0\n");
  const auto service = check_service(poor.config, poor.host, false);
  each_has_its_command(service);
  CHECK(find(service, "notification hook").command == "apt-get install curl");
  poor.write("bin/curl", "#!/bin/sh\n");
  std::filesystem::permissions(poor.folder.path() / "bin/curl", std::filesystem::perms::owner_all);
  CHECK(find(check_service(poor.config, poor.host, false), "notification hook").found == "posted to https://chat.example.org");
  CHECK(find(service, "notification drafts").command == "install -d -o klab " + (poor.folder.path() / "Maildir").string());
  CHECK(find(service, "matrix nightly").health == Health::missing);
  CHECK(find(service, "matrix nightly").command == "klab matrix show nightly");
  each_has_its_command(check_workstation(poor.config, poor.host, *parse_remote("ssh://ada@lab")));
  Client client("/nonexistent/s");
  each_has_its_command({check_daemon(client, "./lab up")});
  Responder daemon({{"GET /api/version", {{200, R"({"version":"0.0.1"})", ""}}}});
  Client other(daemon.socket());
  each_has_its_command({check_daemon(other, "./lab up"), check_daemon(other, "systemctl start klabd")});
  // Anything may be wanting, and differently.
  poor.write("proc/loadavg", "9999.5 1 1 1/1 1\n");
  poor.write("proc/cpuinfo", "flags\t: fpu vmx\n");
  poor.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  poor.write("password", "x");
  poor.config.state = poor.config.cache = poor.folder.path();
  const auto checks = check_host(poor.config, poor.host);
  each_has_its_command(checks);
  CHECK(find(checks, "KVM").command == "modprobe kvm_intel");
  CHECK(find(checks, "password of host host1").command == "chmod 600 " + (poor.folder.path() / "password").string());
  CHECK(find(checks, "password of host host2").command == "apt-get install pass");
  CHECK(find(checks, "frequency governor").command == "cpupower frequency-set -g performance");
}

TEST_CASE("doctor: of a large database it is said that it only grows") {
  Poor poor;
  poor.config.state = poor.folder.path();
  poor.write("klab.db", "");
  CHECK(find(check_service(poor.config, poor.host, false), "database").health == Health::ok);
  std::filesystem::resize_file(poor.config.database(), 21ull << 30);
  const auto large = find(check_service(poor.config, poor.host, false), "database");
  CHECK(large.health == Health::note);
  CHECK(large.found == poor.config.database().string() + ", 21504.0 MiB");
  CHECK(large.command == "df -h " + poor.folder.path().string());
  CHECK(large.why == "it only grows, and klab gc leaves it alone; what helps is a larger disk, or \"state\" of klab.toml on another");
}

TEST_CASE("doctor: what forbids the sandbox is told by the setting that does") {
  Poor poor;
  poor.write("bin/bwrap", "#!/bin/sh\nexit 1\n");
  const auto bwrap = poor.folder.path() / "bin/bwrap";
  std::filesystem::permissions(bwrap, std::filesystem::perms::owner_all);
  // The sandbox has a name of its own, which systemd's ProtectHostname= refuses.
  poor.write("bin/named", "#!/bin/sh\necho \"$*\"\nexit 1\n");
  std::filesystem::permissions(poor.folder.path() / "bin/named", std::filesystem::perms::owner_all);
  CHECK(check_sandbox(poor.folder.path() / "bin/named", poor.host.root).found.find(" --hostname klab ") != std::string::npos);
  const auto command = [&] { return check_sandbox(bwrap, poor.host.root).command; };
  CHECK(command() == "bwrap --unshare-all --ro-bind / / --proc /proc true");
  poor.write("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
  CHECK(command() == "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
  poor.write("proc/sys/kernel/unprivileged_userns_clone", "0\n");
  CHECK(command() == "sysctl -w kernel.unprivileged_userns_clone=1");
  poor.write("proc/sys/user/max_user_namespaces", "0\n");
  CHECK(command() == "sysctl -w user.max_user_namespaces=15000");
}

TEST_CASE("doctor: control groups and the clock are mended by what this host has") {
  Poor poor;
  const auto limits = [&] { return find(check_host(poor.config, poor.host), "build limits"); };
  CHECK(limits().command == "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
  poor.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1\n");
  each_has_its_command({limits()});
  CHECK(limits().command == R"(printf 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX systemd.unified_cgroup_hierarchy=1"\n' >/etc/default/grub.d/klab.cfg && update-grub)");
  CHECK(limits().why == "and boot this host again: its control groups are version 1");
  poor.write("sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
  poor.write("sys/fs/cgroup/cgroup.type", "domain\n");
  poor.write("proc/self/cgroup", "0::/user.slice\n");
  CHECK(limits().command == "systemd-run --scope -p Delegate=yes ./lab up");

  const auto clock = [&] { return find(check_service(poor.config, poor.host, false), "clock").command; };
  CHECK(clock() == "apt-get install systemd-timesyncd");
  poor.write("lib/systemd/system/chrony.service", "");
  CHECK(clock() == "timedatectl set-ntp true");
}

TEST_CASE("doctor: the address of the pages is free, taken, or none") {
  Poor poor;
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const auto port = std::to_string(ntohs(address.sin_port));
  const auto pages = [&](const std::string& text, bool answers = false) {
    poor.config.pages = text;
    return find(check_service(poor.config, poor.host, answers), "pages");
  };
  CHECK(pages("127.0.0.1:" + port).found == "cannot listen on 127.0.0.1:" + port + ": Address already in use");
  CHECK(pages("127.0.0.1:" + port).command == "ss -ltnp 'sport = :" + port + "'");
  CHECK(pages("127.0.0.1:" + port, true).health == Health::ok);
  CHECK(pages("127.0.0.1:0").health == Health::ok);
  CHECK(pages("lab:8080").found == "\"lab:8080\" is no address and port");
  CHECK(pages("192.0.2.1:8080").command == "ip -brief address");
}

TEST_CASE("doctor: JSON has the command in a field of its own") {
  const auto object = boost::json::parse(render_checks_json({{"KVM", Health::note, "no", "modprobe kvm_intel", "why not"}})).as_object();
  const auto& check = object.at("checks").at(0).as_object();
  CHECK(check.at("command") == "modprobe kvm_intel");
  CHECK(check.at("why") == "why not");
  CHECK(object.at("ok") == true);
}
