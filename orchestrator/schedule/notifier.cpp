// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/notifier.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>

#include "pipeline/experiment_labels.hpp"
#include "schedule/hand_over.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

constexpr double longest_pause = 3600.0;

std::string own_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return *name ? printable(name) : std::string("klab");
}

const NotifyChannel* find_channel(const Config& config, const std::string& name) {
  const auto found = std::find_if(config.notify.begin(), config.notify.end(), [&](const auto& channel) { return channel.name == name; });
  return found == config.notify.end() ? nullptr : &*found;
}

}  // namespace

Notifier::Notifier(Lab& lab, Database& database) : lab_(lab), store_(database), name_(own_name()) {}

Result<void> Notifier::record(const Delivery& delivery, const Result<void>& handed_over) {
  const double now = lab_.now();
  if (handed_over) {
    spdlog::info("notification {}: told \"{}\": {}", delivery.notification.id, delivery.channel, delivery.notification.subject);
    return store_.delivered(delivery, now);
  }
  const auto* channel = find_channel(lab_.config, delivery.channel);
  std::optional<double> next;
  const int attempts = delivery.attempts + 1;
  if (channel && attempts < channel->attempts)
    next = now + std::min(longest_pause, static_cast<double>(channel->retry.count()) * static_cast<double>(1ull << std::min(attempts - 1, 20)));
  spdlog::warn("notification {}: \"{}\" was not told: {}{}", delivery.notification.id, delivery.channel, handed_over.error().message,
               next ? "" : "; given up, klab notifications retry tries again");
  return store_.failed(delivery, handed_over.error().message, next, now);
}

asio::awaitable<Result<void>> Notifier::look(std::stop_token stop) {
  const auto labels = [this](const std::vector<std::int64_t>& experiments) {
    auto found = labels_of(lab_, experiments);
    if (!found) spdlog::warn("what is told goes without its labels: {}", found.error().message);
    return found ? std::move(*found) : Labels();
  };
  auto fresh = store_.collect(lab_.config.notify, lab_.now(), labels);
  if (!fresh) co_return fresh.error();
  auto due = store_.due(lab_.now());
  if (!due) co_return due.error();
  for (const auto& delivery : *due) {
    if (stop.stop_requested()) break;
    Result<void> handed_over = lab_error("there is no [[notify]] of the name \"{}\" any longer; configure it again", delivery.channel);
    if (const auto* channel = find_channel(lab_.config, delivery.channel)) {
      NotifyChannel to = *channel;
      handed_over = co_await hand_over(std::move(to), delivery.notification, name_, stop);
    }
    // Cut off by the end of klabd: nobody knows, so the next one tries again.
    if (!handed_over && handed_over.error().kind == ErrorKind::stopped) break;
    if (auto stored = record(delivery, handed_over); !stored) co_return stored;
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Notifier::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto heard = lab_.bell.rings();
    if (auto looked = co_await look(stop); !looked) co_return looked;
    auto next = store_.next_attempt();
    if (!next) co_return next.error();
    double seconds = 60.0;  // a person may have put a host into quarantine without ringing
    if (*next) seconds = std::clamp(**next - lab_.now(), 0.05, seconds);
    co_await lab_.bell.wait(heard, std::chrono::milliseconds(static_cast<long>(seconds * 1000.0)), stop);
  }
  co_return Result<void>{};
}

}  // namespace klab
