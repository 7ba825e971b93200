// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <memory>

#include "machine/libvirt/connection.hpp"
#include "machine/libvirt/domain_xml.hpp"
#include "machine/libvirt/power_tracker.hpp"

namespace klab {

// One boot of a domain: its sockets, what comes through them, and how it ends. Lives on the reactor
// thread; the coroutines that read hold it. Removes its directory when it dies.
class LibvirtBoot : public DomainListener, public std::enable_shared_from_this<LibvirtBoot> {
 public:
  // Makes `directory` and listens in it. `open_to_all`: QEMU runs as another user.
  static Result<std::shared_ptr<LibvirtBoot>> listen(boost::asio::any_io_executor executor,
                                                     std::filesystem::path directory, bool open_to_all,
                                                     std::filesystem::path qemu_log, BootEvents& events);
  LibvirtBoot(boost::asio::any_io_executor executor, std::filesystem::path directory,
              std::filesystem::path qemu_log, BootEvents& events);
  ~LibvirtBoot() override;

  DomainChannels channels() const;
  void begin();    // the domain exists: read
  void abandon();  // it never will: no event at all comes
  // Destroys the domain unless it is gone, and reads what is left. ended() has been called when this resumes and
  // nothing comes after it: also with an error, where the domain may still be there and this may be called again.
  using Destroy = std::function<boost::asio::awaitable<Result<void>>()>;
  boost::asio::awaitable<Result<void>> stop(Destroy destroy);
  bool gone() const { return tracker_.gone(); }
  std::string qemu_words() const;  // end of QEMU's log

  void lifecycle(int event, int detail) override;
  void monitor(const std::string& event, const std::string& details) override;
  void connection_lost() override;

 private:
  using Acceptor = boost::asio::local::stream_protocol::acceptor;
  using Socket = boost::asio::local::stream_protocol::socket;
  struct Channel {
    explicit Channel(const boost::asio::any_io_executor& executor) : acceptor(executor), socket(executor) {}
    Acceptor acceptor;
    Socket socket;
    bool done = false;
  };

  Result<void> listen_on(Channel& channel, const std::filesystem::path& path, bool open_to_all);
  void read(Channel& channel, void (BootEvents::*receive)(std::string_view));
  void changed();
  void settle();
  void deliver_end();
  boost::asio::awaitable<void> finish();

  boost::asio::any_io_executor executor_;
  std::filesystem::path directory_;
  std::filesystem::path qemu_log_;
  BootEvents* events_;  // null once ended() has been called
  Channel console_;
  Channel results_;
  PowerTracker tracker_;
  boost::asio::steady_timer settling_;
  boost::asio::steady_timer ended_;  // never expires by itself: cancelled when ended() has been called
};

}  // namespace klab
