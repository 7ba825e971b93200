// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/connection.hpp"

#include <libvirt/libvirt-qemu.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

#include "machine/libvirt/calls.hpp"
#include "machine/orphans.hpp"
#include "util/file.hpp"
#include "util/hash.hpp"
#include "util/offload.hpp"

namespace klab {
namespace asio = boost::asio;
using asio::awaitable;

namespace {

using Self = std::weak_ptr<LibvirtConnection>;

Error closed_error(const std::string& uri) {
  return lab_error("cannot use libvirt \"{}\": the connection is closed", uri);
}

}  // namespace

// Plain functions for libvirt. They run wherever libvirt calls them, and only carry the words over to the
// reactor. The opaque pointer is a weak reference, released by libvirt.
struct LibvirtConnection::Callbacks {
  static Self* opaque(const std::shared_ptr<LibvirtConnection>& self) { return new Self(self); }
  static void release(void* opaque) { delete static_cast<Self*>(opaque); }

  static void post(void* opaque, virDomainPtr domain, std::function<void(DomainListener&)> call) {
    auto self = static_cast<Self*>(opaque)->lock();
    if (!self || !domain) return;
    std::string name = virDomainGetName(domain);
    asio::post(self->executor_, [weak = Self(self), name = std::move(name), call = std::move(call)] {
      if (auto alive = weak.lock()) alive->deliver(name, call);
    });
  }
  static int lifecycle(virConnectPtr, virDomainPtr domain, int event, int detail, void* opaque) {
    post(opaque, domain, [event, detail](DomainListener& listener) { listener.lifecycle(event, detail); });
    return 0;
  }
  static void monitor(virConnectPtr, virDomainPtr domain, const char* event, long long, unsigned,
                      const char* details, void* opaque) {
    post(opaque, domain,
         [event = std::string(event ? event : ""), details = std::string(details ? details : "")](
             DomainListener& listener) { listener.monitor(event, details); });
  }
  static void closed(virConnectPtr, int reason, void* opaque) {
    auto self = static_cast<Self*>(opaque)->lock();
    if (!self || reason == VIR_CONNECT_CLOSE_REASON_CLIENT) return;
    asio::post(self->executor_, [weak = Self(self)] {
      if (auto alive = weak.lock()) alive->lost();
    });
  }
};

LibvirtConnection::LibvirtConnection(asio::any_io_executor executor, std::string uri,
                                     LibvirtSettings settings)
    : executor_(std::move(executor)),
      embedded_(uri == "embed"),
      settings_(std::move(settings)),
      uri_(embedded_ ? libvirt::embed_uri(settings_.embed_root) : std::move(uri)),
      lab_mark_(sha256(settings_.lab).substr(0, 32)),
      lock_(executor_, 1) {
  lock_.try_send(boost::system::error_code());
}

LibvirtConnection::~LibvirtConnection() {
  worker_.join();
  if (connection_) virConnectClose(connection_);
}

bool LibvirtConnection::local() const {
  const auto authority = uri_.find("://");
  return embedded_ || (authority != std::string::npos && uri_.substr(authority + 3, 1) == "/");
}

std::filesystem::path LibvirtConnection::run_directory() const {
  return settings_.run_directory / sha256(uri_).substr(0, 8);
}

std::filesystem::path LibvirtConnection::qemu_log(const std::string& name) const {
  if (!embedded_) return {};
  return settings_.embed_root / "log" / "qemu" / (name + ".log");
}

awaitable<Result<void>> LibvirtConnection::open() {
  const auto self = shared_from_this();
  co_await lock_.async_receive(asio::use_awaitable);
  Result<void> opened = co_await open_locked();
  lock_.try_send(boost::system::error_code());
  co_return opened;
}

awaitable<Result<void>> LibvirtConnection::open_locked() {
  if (connection_ && lost_) {
    virConnectPtr old = std::exchange(connection_, nullptr);
    auto shut = [old] { libvirt::close(old); return true; };
    co_await offload(worker_, shut);
  }
  if (connection_) co_return Result<void>();
  if (!local()) {
    co_return input_error("cannot use libvirt \"{}\": its host is another one; the lab reaches consoles "
                          "through sockets of its own host only, so run klabd there",
                          uri_);
  }
  if (embedded_) {
    auto prepared = libvirt::prepare_embed_root(settings_.embed_root);
    if (!prepared) co_return prepared.error();
  }
  auto connect = [uri = uri_] { return libvirt::open(uri); };
  Result<virConnectPtr> connection = co_await offload(worker_, connect);
  if (!connection) co_return connection.error();
  auto clean = [connection = *connection, embedded = embedded_, mark = lab_mark_] {
    return libvirt::destroy_leftovers(connection, embedded, mark);
  };
  Result<int> leftovers = co_await offload(worker_, clean);
  if (!leftovers) {
    auto shut = [connection = *connection] { libvirt::close(connection); return true; };
    co_await offload(worker_, shut);
    co_return leftovers.error();
  }
  if (*leftovers > 0) spdlog::warn("libvirt: {} domains of a former life of this lab destroyed", *leftovers);
  std::error_code ignored;
  std::filesystem::remove_all(run_directory(), ignored);
  auto subscribe = [this, connection = *connection] { register_callbacks(connection); return true; };
  co_await offload(worker_, subscribe);
  lost_ = false;
  kvm_works.clear();
  connection_ = *connection;
  co_return Result<void>();
}

void LibvirtConnection::register_callbacks(virConnectPtr connection) {
  const auto self = shared_from_this();
  // A registration that is refused does not take the reference over.
  const auto owned = [&self](auto registration) {
    Self* reference = Callbacks::opaque(self);
    const int id = registration(reference);
    if (id < 0) Callbacks::release(reference);
    return id;
  };
  lifecycle_callback_ = owned([&](void* opaque) {
    return virConnectDomainEventRegisterAny(connection, nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                            VIR_DOMAIN_EVENT_CALLBACK(&Callbacks::lifecycle), opaque,
                                            &Callbacks::release);
  });
  // Tells a reset from a power-off. Not every remote driver offers it; then both count as power-off.
  monitor_callback_ = owned([&](void* opaque) {
    return virConnectDomainQemuMonitorEventRegister(connection, nullptr, nullptr, &Callbacks::monitor, opaque,
                                                    &Callbacks::release, 0);
  });
  // A connection within the process cannot be lost; its driver would say yes and forget the reference.
  if (embedded_) return;
  owned([&](void* opaque) {
    return virConnectRegisterCloseCallback(connection, &Callbacks::closed, opaque, &Callbacks::release);
  });
}

awaitable<void> LibvirtConnection::close() {
  const auto self = shared_from_this();
  co_await lock_.async_receive(asio::use_awaitable);
  if (virConnectPtr connection = std::exchange(connection_, nullptr)) {
    auto shut = [this, connection] {
      if (auto cleaned = libvirt::destroy_leftovers(connection, embedded_, lab_mark_); !cleaned)
        spdlog::error("{}", cleaned.error().message);
      if (*lifecycle_callback_ >= 0) virConnectDomainEventDeregisterAny(connection, *lifecycle_callback_);
      if (*monitor_callback_ >= 0) virConnectDomainQemuMonitorEventDeregister(connection, *monitor_callback_);
      if (!embedded_) virConnectUnregisterCloseCallback(connection, &Callbacks::closed);
      libvirt::close(connection);
      return true;
    };
    co_await offload(worker_, shut);
    std::error_code ignored;
    std::filesystem::remove_all(run_directory(), ignored);
  }
  lock_.try_send(boost::system::error_code());
}

awaitable<Result<void>> LibvirtConnection::create(std::string name, std::string xml,
                                                  std::weak_ptr<DomainListener> listener) {
  const auto self = shared_from_this();
  if (!connection_) co_return closed_error(uri_);
  std::erase_if(listeners_, [](const auto& entry) { return entry.second.expired(); });
  listeners_[name] = std::move(listener);
  auto job = [connection = connection_, name, xml, autodestroy = !embedded_] {
    return libvirt::create(connection, name, xml, autodestroy);
  };
  co_return co_await offload(worker_, job);
}

awaitable<Result<void>> LibvirtConnection::destroy(std::string name) {
  const auto self = shared_from_this();
  if (!connection_ || lost_) co_return closed_error(uri_);
  auto job = [connection = connection_, name] { return libvirt::destroy(connection, name); };
  co_return co_await offload(worker_, job);
}

awaitable<Result<void>> LibvirtConnection::inject_nmi(std::string name) {
  const auto self = shared_from_this();
  if (!connection_) co_return closed_error(uri_);
  auto job = [connection = connection_, name] { return libvirt::inject_nmi(connection, name); };
  co_return co_await offload(worker_, job);
}

awaitable<Result<bool>> LibvirtConnection::offers_kvm(Architecture architecture) {
  const auto self = shared_from_this();
  if (!connection_) co_return closed_error(uri_);
  auto job = [connection = connection_, architecture] {
    return libvirt::offers_kvm(connection, architecture);
  };
  co_return co_await offload(worker_, job);
}

awaitable<Result<std::map<std::string, std::string>>> LibvirtConnection::facts() {
  const auto self = shared_from_this();
  if (!connection_) co_return closed_error(uri_);
  auto job = [connection = connection_] { return libvirt::facts(connection); };
  co_return co_await offload(worker_, job);
}

void LibvirtConnection::deliver(const std::string& name, const std::function<void(DomainListener&)>& call) {
  const auto found = listeners_.find(name);
  if (found == listeners_.end()) return;
  if (auto listener = found->second.lock()) call(*listener);
}

void LibvirtConnection::lost() {
  if (lost_ || !connection_) return;
  spdlog::error("libvirt: the connection to \"{}\" was lost", uri_);
  lost_ = true;
  const auto listeners = std::exchange(listeners_, {});
  for (const auto& [name, weak] : listeners)
    if (auto listener = weak.lock()) listener->connection_lost();
}

std::shared_ptr<LibvirtConnection> make_libvirt_connection(asio::any_io_executor executor, std::string uri,
                                                           LibvirtSettings settings) {
  return std::make_shared<LibvirtConnection>(std::move(executor), std::move(uri), std::move(settings));
}

awaitable<void> end_former_life(std::shared_ptr<LibvirtConnection> connection) {
  if (!connection->embedded()) co_return;
  const auto& root = connection->settings().embed_root;
  const auto killed = kill_orphans(root);
  forget_domains(root);
  if (killed.empty()) co_return;
  spdlog::warn("libvirt: {} QEMUs of a former life of this lab killed", killed.size());
  // Init reaps them in its own time; what still dies would disturb the first boot.
  asio::steady_timer timer(connection->executor());
  const auto still_there = [](pid_t process) { return ::kill(process, 0) == 0; };
  for (int tries = 0; tries < 250 && std::any_of(killed.begin(), killed.end(), still_there); ++tries) {
    timer.expires_after(std::chrono::milliseconds(20));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

awaitable<void> close_libvirt_connection(std::shared_ptr<LibvirtConnection> connection) {
  co_await connection->close();
}

}  // namespace klab
