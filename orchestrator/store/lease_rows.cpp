// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/host_store.hpp"
#include "store/statement.hpp"

namespace klab {

std::string_view name(LeasePurpose purpose) {
  switch (purpose) {
    case LeasePurpose::experiment: return "experiment";
    case LeasePurpose::probe: return "probe";
    case LeasePurpose::end_of_use: break;
  }
  return "end of use";
}

Result<void> HostStore::lease(const std::vector<std::string>& hosts, const Lease& lease) {
  auto& db = database_.connection();
  return database_.transaction("store the lease", [&] {
    for (const auto& host : hosts)
      execute(db, "INSERT INTO lease (host, experiment, purpose, since) VALUES (?, ?, ?, ?)", host, lease.experiment,
              name(lease.purpose), lease.since);
  });
}

Result<void> HostStore::end_lease(const std::string& host) {
  auto& db = database_.connection();
  return database_.transaction("store the end of the lease", [&] { execute(db, "DELETE FROM lease WHERE host = ?", host); });
}

Result<void> HostStore::set_end_of_use(const std::string& host) {
  auto& db = database_.connection();
  return database_.transaction("store the end of use", [&] {
    execute(db, "UPDATE lease SET purpose = 'end of use', experiment = NULL WHERE host = ?", host);
  });
}

Result<std::map<std::string, Lease>> HostStore::leases() {
  auto& db = database_.connection();
  return database_.read("read the leases", [&] {
    std::map<std::string, Lease> leases;
    auto row = statement(db, "SELECT host, experiment, purpose, since FROM lease");
    while (row.executeStep()) {
      Lease lease;
      if (!row.isColumnNull(1)) lease.experiment = row.getColumn(1).getInt64();
      const auto purpose = row.getColumn(2).getString();
      for (const auto known : {LeasePurpose::experiment, LeasePurpose::probe, LeasePurpose::end_of_use})
        if (name(known) == purpose) lease.purpose = known;
      lease.since = row.getColumn(3).getDouble();
      leases[row.getColumn(0).getString()] = lease;
    }
    return leases;
  });
}

Result<void> HostStore::take_up_leases() {
  auto& db = database_.connection();
  return database_.transaction("take up the leases", [&] {
    execute(db,
            "UPDATE lease SET purpose = 'end of use', experiment = NULL"
            " WHERE EXISTS (SELECT 1 FROM boot JOIN slot ON slot.id = boot.slot WHERE boot.machine = lease.host"
            "  AND (boot.outcome IS NULL OR slot.experiment = lease.experiment))");
    execute(db, "DELETE FROM lease WHERE purpose <> 'end of use'");
  });
}

}  // namespace klab
