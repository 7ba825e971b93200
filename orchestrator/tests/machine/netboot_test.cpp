// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/netboot.hpp"

#include "support/error_words.hpp"

#include <catch2/catch.hpp>

#include "machine/dnsmasq.hpp"

using namespace klab;

namespace {

struct Silent : NetbootEvents {
  void script_asked(const std::string&) override {}
  void file_progress(std::string_view, std::uint64_t, std::uint64_t, bool) override {}
  Result<std::uint64_t> results_posted(std::string_view) override { return 0; }
  void refused(const std::string&) override {}
};

NetbootOffer offer(std::string mac) { return {"host1", std::move(mac), "klab-1-1-1", "/k", "/i", "console=ttyS0 quiet"}; }

}  // namespace

TEST_CASE("an offer is found by its MAC and its token until it is withdrawn") {
  NetbootBoard board;
  Silent events;
  board.offer("t1", offer("52:54:00:00:00:01"), events);
  const auto entry = board.by_mac("52:54:00:00:00:01");
  REQUIRE(entry);
  CHECK(board.token_of(*entry) == "t1");
  CHECK(board.by_token("t1") == entry);
  CHECK_FALSE(board.by_mac("52:54:00:00:00:02"));
  board.withdraw("t1");
  CHECK_FALSE(board.by_token("t1"));
  CHECK_FALSE(board.by_mac("52:54:00:00:00:01"));
  CHECK_FALSE(board.stands(*entry));  // for whoever is being served
}

TEST_CASE("a host has one offer at a time") {
  NetbootBoard board;
  Silent events;
  board.offer("t1", offer("52:54:00:00:00:01"), events);
  board.offer("t2", offer("52:54:00:00:00:01"), events);
  CHECK_FALSE(board.by_token("t1"));
  CHECK(board.token_of(*board.by_mac("52:54:00:00:00:01")) == "t2");
}

TEST_CASE("the boot script names the files by token and hands the network on") {
  CHECK(boot_script("http://10.0.0.1:8080", "abc", offer("m")) ==
        "#!ipxe\n"
        "echo klab: klab-1-1-1\n"
        ":again\n"
        "imgfree\n"
        "kernel http://10.0.0.1:8080/netboot/abc/kernel initrd=initramfs console=ttyS0 quiet "
        "klab.net=${netX/mac},${netX/ip},${netX/netmask},${netX/gateway} || goto failed\n"
        "initrd --name initramfs http://10.0.0.1:8080/netboot/abc/initramfs || goto failed\n"
        "boot || goto failed\n"
        ":failed\n"
        "sleep 2\n"
        "goto again\n");
  CHECK(new_token() != new_token());
  CHECK(new_token().size() == 32);
}

TEST_CASE("a boot script is for a neighbour with the host's MAC address, or for the address that the host has") {
  const std::string table =
      "IP address       HW type     Flags       HW address            Mask     Device\n"
      "10.77.0.11       0x1         0x2         52:54:00:77:00:01     *        br0\n"
      "10.77.0.12       0x1         0x0         00:00:00:00:00:00     *        br0\n"
      "10.77.0.13       0x1         0x6         52:54:00:77:00:0A     *        br0\n"
      "10.77.0.13       0x1         0xc         00:00:00:00:00:00     *        br1\n"
      "10.77.0.14       0x1         0x2         52:54:00:77:00:0a     *        br0\n"
      "10.77.0.14       0x1         0x2         52:54:00:77:00:01     *        br1\n";
  const auto why = [&](const char* mac, const char* configured, const char* served, const char* peer) {
    NetbootOffer host = offer(mac);
    host.address = configured;
    return why_foreign(host, served, peer, table, false);
  };
  const auto other = [](const char* peer, const char* mac) {
    return fmt::format("a request for the boot script by {}, which has not the MAC address {}", peer, mac);
  };
  const auto unseen = [](const char* peer, const char* mac) {
    return fmt::format("a request for the boot script by {}, which is no neighbour of this computer: whether it has the MAC address {} cannot "
                       "be seen; give host \"host1\" its address if it is behind a router",
                       peer, mac);
  };
  CHECK(why("52:54:00:77:00:01", "", "", "10.77.0.11") == "");
  CHECK(why("52:54:00:77:00:0a", "", "", "10.77.0.13") == "");  // an entry of this computer's own beside it is no MAC address
  CHECK(why("52:54:00:77:00:02", "", "", "10.77.0.11") == other("10.77.0.11", "52:54:00:77:00:02"));
  CHECK(why("52:54:00:77:00:01", "", "", "10.77.0.14") == other("10.77.0.14", "52:54:00:77:00:01"));  // which of both asks is not known
  CHECK(why("52:54:00:77:00:02", "", "", "10.77.0.12") == unseen("10.77.0.12", "52:54:00:77:00:02"));  // nobody has answered there
  CHECK(why("52:54:00:77:00:02", "", "", "10.88.0.1") == unseen("10.88.0.1", "52:54:00:77:00:02"));    // behind a router
  CHECK(why("52:54:00:77:00:02", "", "", "fd77::11") == unseen("fd77::11", "52:54:00:77:00:02"));
  // Its configured address speaks for a host that no MAC address speaks for, not against the MAC address that is seen.
  CHECK(why("52:54:00:77:00:02", "10.88.0.1", "", "10.88.0.1") == "");
  CHECK(why("52:54:00:77:00:02", "10.77.0.11", "", "10.77.0.11") == other("10.77.0.11", "52:54:00:77:00:02"));
  CHECK(why("52:54:00:77:00:01", "10.88.0.1", "", "10.77.0.11") == "a request for the boot script by 10.77.0.11, where the host is 10.88.0.1");
  // Whoever got the script first is the host from then on.
  CHECK(why("52:54:00:77:00:01", "", "10.77.0.11", "10.77.0.11") == "");
  CHECK(why("52:54:00:77:00:01", "", "10.77.0.11", "10.77.0.12") == "a request for the boot script by 10.77.0.12, where the host is 10.77.0.11");
  // Other users of this computer have no MAC address either; where nobody else is served, a guest comes that way.
  CHECK(why("52:54:00:77:00:02", "", "", "127.0.0.1") == unseen("127.0.0.1", "52:54:00:77:00:02"));
  const auto guest = offer("52:54:00:77:00:02");
  CHECK(why_foreign(guest, "", "127.0.0.1", table, true) == "");
  CHECK(why_foreign(guest, "127.0.0.1", "127.0.0.2", table, true) == "a request for the boot script by 127.0.0.2, where the host is 127.0.0.1");
}

TEST_CASE("a command line that iPXE would change is refused") {
  CHECK(check_netboot_line("console=ttyS0 oops=panic panic=0 isolcpus=nohz,domain 1 a=b||c"));
  const auto refused = check_netboot_line("a ${net0/ip}");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        "cannot boot with the command line \"a ${net0/ip}\" over the network: iPXE takes \"${\" for its own; leave it out");
  CHECK_FALSE(check_netboot_line("a || shell"));
  CHECK_FALSE(check_netboot_line("a # b"));
  CHECK_FALSE(check_netboot_line("dyndbg=\"file x +p\""));
}

TEST_CASE("dnsmasq answers the lab's hosts alone and sends them to klabd") {
  NetbootConfig netboot;
  netboot.listen = "10.77.0.1:8080";
  netboot.interface = "br0";
  netboot.dhcp_range = "10.77.0.50,10.77.0.99";
  HostSpec one, two;
  one.mac = "52:54:00:00:00:01";
  one.address = "10.77.0.11";
  two.mac = "52:54:00:00:00:02";
  const auto text = dnsmasq_configuration(netboot, {{"one", one}, {"two", two}}, "/usr/lib/ipxe");
  for (const char* expected : {"port=0\n", "interface=br0\n", "dhcp-range=10.77.0.50,10.77.0.99,1h\n", "dhcp-ignore=tag:!known\n",
                               "dhcp-boot=tag:ipxe,http://10.77.0.1:8080/netboot/boot.ipxe\n", "tftp-root=/usr/lib/ipxe\n",
                               "dhcp-host=52:54:00:00:00:01,10.77.0.11,set:known\n", "dhcp-host=52:54:00:00:00:02,set:known\n"})
    CHECK(text.find(expected) != std::string::npos);
}

TEST_CASE("dnsmasq does not write down what a host asks it for") {
  const auto text = dnsmasq_configuration({}, {}, "/usr/lib/ipxe");
  CHECK(text.find("\nquiet-dhcp\nquiet-ra\n") != std::string::npos);
  CHECK(text.find("log-dhcp") == std::string::npos);  // it overrides the quiet ones
}
