// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/host.hpp"
#include "model/outcome.hpp"
#include "store/database.hpp"

namespace klab {

struct Quarantine {
  std::string reason;
  std::string person;  // who put it there; "klabd" where it failed
  double since = 0.0;
};

struct Reservation {
  std::string person;  // whose experiments alone may have it
  std::string made_by;
  double since = 0.0;
  double until = 0.0;
};

// What people and the lab have decided about a host.
struct HostStanding {
  std::optional<Quarantine> quarantine;
  std::optional<Reservation> reservation;
};

enum class LeasePurpose { experiment, probe, end_of_use };
std::string_view name(LeasePurpose purpose);  // as stored

struct Lease {
  std::optional<std::int64_t> experiment;  // of that purpose
  LeasePurpose purpose = LeasePurpose::experiment;
  double since = 0.0;
};

struct HostEvent {
  double time = 0.0;
  std::string kind;
  std::string text;
};

struct HostProbe {
  double time = 0.0;
  std::vector<ProbeFinding> findings;
};

struct BootOfHost {
  std::int64_t id = 0;
  std::int64_t experiment = 0;
  std::string arm;
  std::optional<Outcome> outcome;
  std::string title;
  double started = 0.0;
};

// What is known of hosts beyond their configuration. Borrows the database; same thread. Hosts are named; one
// about which nothing is stored is in order and free. Times are seconds since the epoch, given by the caller.
class HostStore {
 public:
  explicit HostStore(Database& database) : database_(database) {}

  Result<std::map<std::string, HostStanding>> standings();
  // Grows with every change of a standing, so that who keeps a copy knows when to read again.
  std::uint64_t changes() const { return changes_; }
  Result<HostStanding> standing(const std::string& host);
  // False, and nothing changes, when it is in quarantine already: the first reason is the one to mend.
  Result<bool> quarantine(const std::string& host, std::string_view reason, std::string_view person, double now);
  Result<void> reserve(const std::string& host, const Reservation& reservation);  // in place of an earlier one
  // What was ended; nothing of both where there was nothing to end.
  Result<HostStanding> release(const std::string& host, std::string_view person, double now);
  Result<int> end_reservations(double now);  // whose time has come; gives their number

  // Written before the hosts are used; all of them or none.
  Result<void> lease(const std::vector<std::string>& hosts, const Lease& lease);
  Result<void> end_lease(const std::string& host);
  Result<void> set_end_of_use(const std::string& host);  // of a host that is leased
  Result<std::map<std::string, Lease>> leases();
  // Once, before boots of an earlier life are recorded as interrupted: leases of hosts that were in use then are
  // kept, for their end of use; the others end.
  Result<void> take_up_leases();

  Result<void> add_event(const std::string& host, std::string_view kind, std::string_view text, double now);
  Result<std::vector<HostEvent>> events(const std::string& host, int limit);  // newest first
  Result<void> set_probe(const std::string& host, const HostProbe& probe);
  Result<std::optional<HostProbe>> probe(const std::string& host);
  Result<std::vector<BootOfHost>> boots(const std::string& host, int limit);  // newest first
  // The newest experiment that is two arms of one variant on this host.
  Result<std::optional<std::int64_t>> newest_aa(const std::string& host);

 private:
  Database& database_;
  std::uint64_t changes_ = 0;
};

}  // namespace klab
