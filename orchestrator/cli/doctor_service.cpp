// SPDX-License-Identifier: GPL-3.0-or-later
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/doctor.hpp"
#include "config/matrix_file.hpp"
#include "util/fd.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t large_database = 20ull << 30;

// Whether an address could be listened on, by listening.
Check check_pages(const std::string& pages) {
  const auto colon = pages.rfind(':');
  std::string name = pages.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  const std::string port = colon == std::string::npos ? "" : pages.substr(colon + 1);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), port.c_str(), &hints, &found) != 0 || found == nullptr)
    return {"pages", Health::missing, fmt::format("\"{}\" is no address and port", printable(pages)), "ip -brief address",
            "then daemon.pages = \"ADDRESS:PORT\" in klab.toml"};
  const UniqueFd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int one = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  const bool free = ::bind(socket.get(), found->ai_addr, found->ai_addrlen) == 0;
  const int error = errno;
  ::freeaddrinfo(found);
  if (free) return {"pages", Health::ok, "http://" + pages + " is free for klabd", ""};
  const auto why = fmt::format("cannot listen on {}: {}", printable(pages), std::strerror(error));
  if (error == EADDRINUSE) return {"pages", Health::missing, why, fmt::format("ss -ltnp 'sport = :{}'", port), "says who is there"};
  return {"pages", Health::missing, why, "ip -brief address", "then change daemon.pages in klab.toml to an address of this machine"};
}

Check check_database(const Config& config) {
  std::error_code ec;
  const auto size = fs::file_size(config.database(), ec);
  if (ec) return {"database", Health::ok, "made at klabd's first start", ""};
  const auto found = fmt::format("{}, {:.1f} MiB", config.database().string(), static_cast<double>(size) / (1 << 20));
  if (size < large_database) return {"database", Health::ok, found, ""};
  return {"database", Health::note, found, "df -h " + shell_quote(config.state.string()),
          "it only grows, and klab gc leaves it alone; what helps is a larger disk, or \"state\" of klab.toml on another"};
}

Check check_matrix(const std::string& name, const Config& config) {
  const std::string what = "matrix " + name;
  const auto file = find_matrix(name, config);
  const auto matrix = file ? load_matrix(*file, config) : Result<Matrix>(file.error());
  if (!matrix) return {what, Health::missing, matrix.error().message, "klab matrix show " + shell_quote(name)};
  return {what, Health::ok, fmt::format("{} cell{}{}", matrix->cells.size(), matrix->cells.size() == 1 ? "" : "s", matrix->nightly ? ", by the clock" : ", by hand"), ""};
}

// Whether somebody could be told; nobody is.
Check check_notification(const NotifyChannel& channel, const DoctorHost& host) {
  const std::string what = "notification " + channel.name;
  std::error_code ignored;
  for (const auto& file : {channel.header_file, channel.secret_file})
    if (!file.empty() && ::access(file.c_str(), R_OK) != 0)
      return {what, Health::missing, fmt::format("\"{}\" cannot be read by {}", file.string(), host.user),
              fmt::format("install -m 600 -o {} /dev/stdin {}", host.user, shell_quote(file.string())), "then type its text, and Ctrl-D"};
  if (!channel.mail_draft.empty()) {
    if (::access(channel.mail_draft.c_str(), W_OK | X_OK) == 0) return {what, Health::ok, "drafts in " + channel.mail_draft.string(), ""};
    return {what, Health::missing, fmt::format("no drafts in \"{}\": it is not writable for {}", channel.mail_draft.string(), host.user),
            fmt::format("install -d -o {} {}", host.user, shell_quote(channel.mail_draft.string()))};
  }
  if (!channel.webhook.empty()) {
    auto curl = check_program(host, "curl", "curl");
    curl.what = what;
    if (curl.health == Health::ok) curl.found = "posted to " + webhook_place(channel.webhook);
    return curl;
  }
  const auto& program = channel.command.front();
  const bool there = program.find('/') == std::string::npos ? !find_program(host, program).empty() : ::access(program.c_str(), X_OK) == 0;
  if (there) return {what, Health::ok, "told to " + program, ""};
  return {what, Health::missing, fmt::format("no program \"{}\"", printable(program)), "install -m 755 PROGRAM " + shell_quote(program),
          "or change its command in klab.toml"};
}

std::optional<Check> check_unit(const DoctorHost& host, bool answers) {
  std::error_code ignored;
  if (!fs::exists(host.root / "run/systemd/system", ignored) || !fs::exists(host.root / "usr/lib/systemd/system/klabd.service", ignored))
    return std::nullopt;
  ProcessSpec spec;
  spec.argv = {"systemctl", "is-active", "klabd.service"};
  spec.deadline = std::chrono::seconds(10);
  const auto ended = run_process_blocking(std::move(spec));
  const std::string state(ended ? trim(ended->out) : "unknown");
  const Check check{"klabd.service", Health::note, printable(state), ""};
  if (state == "active") return Check{check.what, Health::ok, "active", ""};
  if (state == "failed") return Check{check.what, Health::missing, state, "journalctl -u klabd -n 50", "then: systemctl restart klabd"};
  if (answers) return Check{check.what, Health::ok, state + "; a klabd that somebody else started answers", ""};
  return Check{check.what, Health::note, printable(state), "systemctl enable --now klabd"};
}

// What timedatectl can switch on; the package of the first is separate in Debian, and installing it is enough.
bool has_time_client(const fs::path& root) {
  std::error_code ignored;
  for (const char* unit : {"systemd-timesyncd.service", "chrony.service", "ntpsec.service"})
    if (fs::exists(root / "lib/systemd/system" / unit, ignored)) return true;
  return false;
}

}  // namespace

bool is_installed(const Config& config) { return config.share.string().starts_with("/usr/"); }

Check check_mail(const Config& config, const DoctorHost& host) {
  if (config.mail.sendmail.empty()) return {"mail", Health::ok, "klab report --send is not configured: nothing is ever sent", ""};
  const auto& program = config.mail.sendmail.front();
  std::error_code ignored;
  const auto found = program.find('/') == std::string::npos ? find_program(host, program) : fs::exists(program, ignored) ? fs::path(program) : fs::path();
  if (!found.empty()) return {"mail", Health::ok, "sent by " + found.string(), ""};
  return {"mail", Health::missing, fmt::format("no program \"{}\"", printable(program)), "apt-get install " + shell_quote(fs::path(program).filename().string()),
          "or change mail.sendmail in klab.toml"};
}

std::vector<Check> check_service(const Config& config, const DoctorHost& host, bool answers) {
  std::vector<Check> checks;
  std::error_code ignored;
  const bool complete = fs::exists(config.workloads(), ignored) && fs::exists(config.kconfigs(), ignored) && fs::exists(config.share / "images", ignored);
  if (complete) checks.push_back({"share", Health::ok, config.share.string(), ""});
  else checks.push_back({"share", Health::missing, fmt::format("\"{}\" lacks workloads, kconfigs or images", config.share.string()),
                         is_installed(config) ? "apt-get install --reinstall klab" : "git checkout -- workloads kconfigs images",
                         "or change \"share\" in klab.toml"});
  checks.push_back(check_database(config));
  for (const auto& name : matrix_names(config)) checks.push_back(check_matrix(name, config));
  if (!config.pages.empty()) checks.push_back(answers ? Check{"pages", Health::ok, "http://" + config.pages, ""} : check_pages(config.pages));
  checks.push_back(check_mail(config, host));
  for (const auto& channel : config.notify) checks.push_back(check_notification(channel, host));
  if (auto unit = check_unit(host, answers)) checks.push_back(std::move(*unit));
  if (host.clock_is_set.value_or(true)) checks.push_back({"clock", Health::ok, host.clock_is_set ? "set by a time server" : "nobody knows", ""});
  else checks.push_back({"clock", Health::note, "no time server sets it: nights and boots may carry wrong times",
                         has_time_client(host.root) ? "timedatectl set-ntp true" : "apt-get install systemd-timesyncd"});
  return checks;
}

std::vector<Check> check_workstation(const Config& config, const DoctorHost& host, const RemoteHost& remote) {
  std::vector<Check> checks{check_program(host, "ssh", "openssh-client"), check_program(host, "git", "git")};
  auto b4 = check_program(host, "b4", "b4");
  if (b4.health == Health::missing) b4 = {"b4", Health::note, "no such program in PATH: series cannot be given by Message-ID", b4.command};
  checks.push_back(std::move(b4));
  checks.push_back(check_mail(config, host));
  checks.push_back({"the lab's machine", Health::ok, fmt::format("not looked at from here; there: {} klab doctor", remote.login()), ""});
  return checks;
}

}  // namespace klab::cli
