// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/notification.hpp"
#include "store/database.hpp"

namespace klab {

// What is to be told and to whom it has been handed: what is stored here is handed over at least once, and nothing
// is stored twice. Borrows the database; same thread.
class NotificationStore {
 public:
  explicit NotificationStore(Database& database) : database_(database) {}

  // Looks for what has happened and has not been stored: quarantines, nights that have finished, regressions that
  // have been confirmed. Each with a delivery per channel of its kind, in one transaction. Gives the number of new ones.
  // `labels`: what has to be said beside the numbers of these experiments, such as "TCG".
  using LabelsOf = std::function<std::vector<std::string>(const std::vector<std::int64_t>& experiments)>;
  Result<int> collect(const std::vector<NotifyChannel>& channels, double now, const LabelsOf& labels = {});
  Result<std::vector<Delivery>> due(double now);
  Result<std::optional<double>> next_attempt();
  Result<void> delivered(const Delivery& delivery, double now);
  // Nothing for `next`: given up.
  Result<void> failed(const Delivery& delivery, std::string_view error, std::optional<double> next, double now);
  Result<std::vector<Delivery>> list(int limit);  // newest first
  // Waits again, with all its attempts, where it is not delivered. False: nothing of it was left to deliver.
  Result<bool> retry(std::int64_t notification, double now);
  Result<std::map<std::string, int>> states();  // deliveries by state

 private:
  Database& database_;
};

}  // namespace klab
