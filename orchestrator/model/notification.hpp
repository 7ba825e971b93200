// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace klab {

// What people can be told; as stored, printed and written in the configuration.
inline constexpr std::string_view tell_regression = "regression confirmed";
inline constexpr std::string_view tell_quarantine = "host quarantined";
inline constexpr std::string_view tell_night = "nightly finished";

// A [[notify]] of the configuration: to whom, about what. Exactly one of command, webhook and mail_draft is set.
struct NotifyChannel {
  std::string name;
  std::vector<std::string> on;        // kinds; all of them where it says nothing
  std::vector<std::string> command;   // JSON on standard input
  std::string webhook;                // URL that gets the JSON by POST
  std::filesystem::path header_file;  // of the webhook: lines "Name: value", kept out of the configuration
  std::filesystem::path secret_file;  // of the webhook: the key of X-Klab-Signature
  std::filesystem::path mail_draft;   // a maildir
  std::string mail_to;
  int attempts = 8;                   // before it is given up
  std::chrono::seconds retry{30};     // after the first failure; twice as long after each that follows
};

// "https://hooks.example.org" of a webhook: what may be said of it to everybody. The rest, path, query and a password
// before the host, is often all that keeps others from posting there. Pure.
std::string webhook_place(const std::string& url);

struct Notification {
  std::int64_t id = 0;
  std::string event;
  std::string kind;
  std::string subject;
  std::string body;
  std::string facts = "{}";
  double created = 0.0;
};

struct Delivery {
  Notification notification;
  std::string channel;
  std::string state;  // "waiting", "delivered", "given up"
  int attempts = 0;
  double next_attempt = 0.0;
  std::string last_error;
  std::optional<double> finished;
};

}  // namespace klab
