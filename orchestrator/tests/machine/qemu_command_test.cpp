// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/qemu_command.hpp"

#include <catch2/catch.hpp>

#include "util/text.hpp"

using namespace klab;

TEST_CASE("the bare QEMU command of a boot, word for word", "[machine]") {
  MachineSpec machine;
  machine.vcpus = 8;
  machine.cores = 8;
  machine.memory_mib = 1024;
  const BootSpec boot{"klab-1-1", "/cache/bzImage", "/cache/initramfs", "console=ttyS0 panic=-1"};
  CHECK(qemu_command(machine, boot, Acceleration::tcg, "results,1.bin") ==
        std::vector<std::string>{
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-machine", "pc,usb=off", "-accel", "tcg", "-cpu", "max", "-smp",
            "8,sockets=1,cores=8,threads=1", "-m", "1024M", "-kernel", "/cache/bzImage", "-initrd",
            "/cache/initramfs", "-append", "console=ttyS0 panic=-1", "-chardev", "stdio,id=console",
            "-serial", "chardev:console", "-device", "virtio-serial-pci", "-chardev",
            "file,id=results,path=results,,1.bin", "-device",
            "virtserialport,chardev=results,name=klab.results", "-object",
            "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng", "-device",
            "pvpanic"});
}

TEST_CASE("the bare QEMU command of an arm64 boot, word for word", "[machine]") {
  MachineSpec machine;
  machine.architecture = Architecture::arm64;
  const BootSpec boot{"klab-1-1", "/cache/Image", "/cache/initramfs", "console=ttyAMA0 panic=-1"};
  const std::vector<std::string> command{
      "qemu-system-aarch64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
      "-machine", "virt,gic-version=2,usb=off", "-accel", "tcg", "-cpu", "max", "-smp",
      "8,sockets=1,cores=8,threads=1", "-m", "1024M", "-kernel", "/cache/Image", "-initrd",
      "/cache/initramfs", "-append", "console=ttyAMA0 panic=-1", "-chardev", "stdio,id=console",
      "-serial", "chardev:console", "-device", "virtio-serial-pci", "-chardev",
      "file,id=results,path=results", "-device",
      "virtserialport,chardev=results,name=klab.results", "-object",
      "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"};
  CHECK(qemu_command(machine, boot, Acceleration::tcg, "results") == command);
}

TEST_CASE("the interrupt controller of arm64 carries the machine's CPUs", "[machine]") {
  MachineSpec machine;
  machine.vcpus = 8;
  CHECK(gic_version(machine, Acceleration::tcg) == "2");
  machine.vcpus = 9;
  CHECK(gic_version(machine, Acceleration::tcg) == "3");
  CHECK(gic_version(machine, Acceleration::kvm) == "host");
}

TEST_CASE("KVM and arm64 change processor and machine only", "[machine]") {
  MachineSpec machine;
  BootSpec boot{"klab-1-1", "/k", {}, "quiet"};
  const std::string kvm = join(qemu_command(machine, boot, Acceleration::kvm, "r"), " ");
  CHECK_THAT(kvm, Catch::Contains("-accel kvm -cpu host,migratable=on"));
  CHECK_THAT(kvm, !Catch::Contains("-initrd"));
  machine.architecture = Architecture::arm64;
  const std::string arm = join(qemu_command(machine, boot, Acceleration::tcg, "r"), " ");
  CHECK(arm.starts_with("qemu-system-aarch64 "));
  CHECK_THAT(arm, Catch::Contains("-machine virt,gic-version=2,usb=off -accel tcg -cpu max"));
  CHECK_THAT(arm, !Catch::Contains("pvpanic"));
  CHECK_THAT(join(qemu_command(machine, boot, Acceleration::kvm, "r"), " "),
             Catch::Contains("-machine virt,gic-version=host,usb=off -accel kvm -cpu host -smp"));
}
