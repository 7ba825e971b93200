// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace klab {

// Hears of what a host does with its offer. On the reactor thread.
class NetbootEvents {
 public:
  virtual ~NetbootEvents() = default;
  virtual void script_asked(const std::string& peer) = 0;
  // `sent` bytes of `size` have been handed to the network, counted over all requests for the file;
  // `whole`: one request has got it to its end.
  virtual void file_progress(std::string_view name, std::uint64_t sent, std::uint64_t size, bool whole) = 0;
  // The body of a posted request. Its answer: the number of the first frame that is still missing, or why
  // the body is refused.
  virtual Result<std::uint64_t> results_posted(std::string_view body) = 0;
  virtual void refused(const std::string& why) = 0;
};

struct NetbootOffer {
  std::string host;
  std::string mac;   // lower case, with colons
  std::string boot;  // what is booted, for the log and iPXE's screen
  std::filesystem::path kernel;
  std::filesystem::path initramfs;
  std::string command_line;  // nothing that iPXE would take for its own; see check_netboot_line()
  std::string address = {};  // where the host comes from; empty: not known
};

// Says what iPXE would not hand on as it stands.
Result<void> check_netboot_line(const std::string& command_line);

// What is offered to hosts that come over the network, and the only thing the HTTP side knows of machines.
// An offer has a token that nobody can guess; with the offer it ends. Reactor thread.
class NetbootBoard {
 public:
  // A MAC whose offer is replaced loses the earlier one. `events` must live until withdraw().
  void offer(const std::string& token, NetbootOffer offer, NetbootEvents& events);
  void withdraw(const std::string& token);

  struct Entry {
    NetbootOffer offer;
    NetbootEvents* events;
    std::string peer;  // the first address that asked for the script; nobody else is served
    std::map<std::string, std::uint64_t> sent;  // by file
  };
  std::shared_ptr<Entry> by_mac(const std::string& mac) const;
  std::shared_ptr<Entry> by_token(const std::string& token) const;
  // Of an offer that stands.
  std::string token_of(const Entry& entry) const;
  bool stands(const Entry& entry) const { return entry.events != nullptr; }

 private:
  std::map<std::string, std::shared_ptr<Entry>> entries_;  // by token
};

// Why a request for the boot script by `peer` is not taken for the host's; empty: it is. `served`: the address that
// got the script of this boot already. `neighbours`: /proc/net/arp, which has everybody on a network here who is being
// answered, and nobody from behind a router or from a link without MAC addresses. `only_here`: nobody but this computer
// is served, so that hosts are guests without a network of their own.
std::string why_foreign(const NetbootOffer& offer, const std::string& served, const std::string& peer, const std::string& neighbours,
                        bool only_here);

std::string new_token();  // 32 hex digits from the operating system

// What iPXE is told. `base`: "http://10.77.0.1:8080".
std::string first_script(const std::string& base);
std::string boot_script(const std::string& base, const std::string& token, const NetbootOffer& offer);

}  // namespace klab
