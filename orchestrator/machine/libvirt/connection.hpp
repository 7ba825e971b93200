// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <libvirt/libvirt.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "machine/libvirt/libvirt_machine.hpp"
#include "machine/machine.hpp"

namespace klab {

// Hears what libvirt says about one domain; called on the reactor thread.
class DomainListener {
 public:
  virtual ~DomainListener() = default;
  virtual void lifecycle(int event, int detail) = 0;
  virtual void monitor(const std::string& event, const std::string& details) = 0;
  virtual void connection_lost() = 0;
};

// See libvirt_machine.hpp. Members run on the reactor thread; blocking calls go to the one worker thread.
class LibvirtConnection : public std::enable_shared_from_this<LibvirtConnection> {
 public:
  LibvirtConnection(boost::asio::any_io_executor executor, std::string uri, LibvirtSettings settings);
  ~LibvirtConnection();

  // Opens unless open, and destroys what a former life of this lab left running.
  boost::asio::awaitable<Result<void>> open();
  boost::asio::awaitable<void> close();

  // The listener is heard from before the domain exists; it is forgotten when it dies.
  boost::asio::awaitable<Result<void>> create(std::string name, std::string xml,
                                              std::weak_ptr<DomainListener> listener);
  boost::asio::awaitable<Result<void>> destroy(std::string name);
  boost::asio::awaitable<Result<void>> inject_nmi(std::string name);
  boost::asio::awaitable<Result<bool>> offers_kvm(Architecture architecture);
  boost::asio::awaitable<Result<std::map<std::string, std::string>>> facts();

  bool is_open() const { return connection_ != nullptr; }
  bool embedded() const { return embedded_; }
  // Whether the host is this one, whose /proc can be read and whose sockets can be reached.
  bool local() const;
  const std::string& uri() const { return uri_; }
  const std::string& lab_mark() const { return lab_mark_; }
  const LibvirtSettings& settings() const { return settings_; }
  const boost::asio::any_io_executor& executor() const { return executor_; }
  std::filesystem::path run_directory() const;                     // of this connection
  std::filesystem::path qemu_log(const std::string& name) const;  // empty where it is not ours

  // Whether KVM boots guests here; nothing until it was tried on this connection.
  std::map<Architecture, bool> kvm_works;

 private:
  // A lock for coroutines: a message in the channel is the lock being free.
  using Lock = boost::asio::experimental::channel<void(boost::system::error_code)>;

  boost::asio::awaitable<Result<void>> open_locked();
  void register_callbacks(virConnectPtr connection);
  void deliver(const std::string& name, const std::function<void(DomainListener&)>& call);
  void lost();
  struct Callbacks;

  boost::asio::any_io_executor executor_;
  bool embedded_;
  LibvirtSettings settings_;
  std::string uri_;
  std::string lab_mark_;
  boost::asio::thread_pool worker_{1};
  Lock lock_;
  virConnectPtr connection_ = nullptr;
  bool lost_ = false;
  std::optional<int> lifecycle_callback_;
  std::optional<int> monitor_callback_;
  std::map<std::string, std::weak_ptr<DomainListener>> listeners_;
};

}  // namespace klab
