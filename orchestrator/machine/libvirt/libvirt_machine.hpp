// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "machine/machine.hpp"

namespace klab {

// Where a lab instance keeps its libvirt affairs.
struct LibvirtSettings {
  // Root of the embedded driver, absolute; one process at a time may have it. Made when missing.
  std::filesystem::path embed_root;
  // One sub-directory per boot with its sockets, removed with the boot; absolute and short: a socket's
  // path must stay below 108 bytes.
  std::filesystem::path run_directory;
  // Names this lab among others on the same libvirt host, e.g. its state directory. Domains that carry
  // another name are never touched.
  std::string lab;
  std::chrono::seconds probe_limit{20};  // for the KVM probe guest to reach its init
};

// Libvirt's event loop on the reactor, its log in ours. One per process (libvirt's interface has no user
// pointer), to be made before the first connection and to outlive all of them. After stop() the reactor is
// kept alive by nothing of libvirt's.
class LibvirtRuntime {
 public:
  explicit LibvirtRuntime(boost::asio::any_io_executor executor);
  ~LibvirtRuntime();
  LibvirtRuntime(const LibvirtRuntime&) = delete;
  LibvirtRuntime& operator=(const LibvirtRuntime&) = delete;
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// One connection to one libvirt URI, shared by the machines on that host. Opened by the first prepare().
// Owns the worker thread on which all its libvirt calls run.
class LibvirtConnection;
std::shared_ptr<LibvirtConnection> make_libvirt_connection(boost::asio::any_io_executor executor,
                                                           std::string uri, LibvirtSettings settings);
// At start, for the embedded driver only: kills what outlived a killed daemon and clears its traces. Opens
// nothing; on another libvirt the first prepare() finds such domains.
boost::asio::awaitable<void> end_former_life(std::shared_ptr<LibvirtConnection> connection);
// Destroys the domains that are still running and closes; to be awaited before the runtime is stopped.
boost::asio::awaitable<void> close_libvirt_connection(std::shared_ptr<LibvirtConnection> connection);

// A machine that is a libvirt domain. It also is Diagnosable.
std::unique_ptr<Machine> make_libvirt_machine(MachineSpec spec,
                                              std::shared_ptr<LibvirtConnection> connection);

}  // namespace klab
