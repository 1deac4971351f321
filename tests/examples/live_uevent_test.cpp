// SPDX-License-Identifier: BSL-1.0
// Makes the running kernel send events and sees them arrive. Changes the machine for an instant and puts it
// back; skipped, with the reason, where that is not permitted.
#include "live_source.hpp"
#include "live_source_report.hpp"
#include "uevent_socket.hpp"

#include "kernel_trigger.hpp"
#include "state_keeper.hpp"
#include "uevent_data.hpp"

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <linux/netlink.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

using namespace std::chrono_literals;
using namespace hot_add;
using namespace hot_add_test;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr auto patience = 10s; // only a failing test waits that long

unsigned announced = 0; // the processor that main found

uevent_socket must_open(uevent_socket_options options = {}) {
    uevent_socket::open_result opened = uevent_socket::open(options);
    REQUIRE_MESSAGE(opened.socket, opened.reason);
    return std::move(*opened.socket);
}

/// Receives until `wanted` has come or patience ends; others may cause events meanwhile.
bool arrives(live_source& source, uevent_socket& socket, const change& wanted) {
    for (const auto end = clock_type::now() + patience; clock_type::now() < end;) {
        for (const change& seen : source.next(socket, 100ms)) {
            if (seen.unit == wanted.unit && seen.index == wanted.index && seen.kind == wanted.kind) {
                return true;
            }
        }
    }
    return false;
}

bool arrives(uevent_socket& socket, receive_status wanted) {
    for (const auto end = clock_type::now() + patience; clock_type::now() < end;) {
        if (socket.receive(100ms).status == wanted) {
            return true;
        }
    }
    return false;
}

} // namespace

TEST_CASE("a processor that the kernel announces arrives as an announcement") {
    uevent_socket socket = must_open();
    live_source source;
    REQUIRE(source.start() == "");
    REQUIRE(announce_processor(announced) == 0);
    CHECK(arrives(source, socket, {unit_kind::processor, announced, change_kind::synthetic_add}));
    CHECK(source.believed().processors.contains(announced));
    MESSAGE(describe(source.counts()));
}

TEST_CASE("a memory block that goes offline and online disappears and appears") {
    state_keeper keeper;
    uevent_socket socket = must_open();
    live_source source;
    REQUIRE(source.start() == "");
    std::string why;
    const std::optional<unsigned> block = take_memory_block_offline(keeper, why);
    if (!block) {
        MESSAGE("skipped: " << why);
        return;
    }
    MESSAGE("memory block " << *block);
    CHECK(arrives(source, socket, {unit_kind::memory, *block, change_kind::disappeared}));
    CHECK_FALSE(source.believed().memory_blocks.contains(*block));
    CHECK_FALSE(source.reader().online(unit_kind::memory, *block));
    REQUIRE(keeper.restore() == 0);
    CHECK(arrives(source, socket, {unit_kind::memory, *block, change_kind::appeared}));
    CHECK(source.believed().memory_blocks.contains(*block));
    CHECK(source.reader().online(unit_kind::memory, *block));
}

TEST_CASE("changes behind an overrun buffer are found in sysfs") {
    state_keeper keeper;
    uevent_socket socket = must_open({.receive_buffer_bytes = 1}); // the kernel makes it its minimum
    live_source source;
    REQUIRE(source.start() == "");
    for (int times = 0; times < 100; ++times) {
        REQUIRE(announce_processor(announced) == 0);
    }
    std::string why;
    const std::optional<unsigned> block = take_memory_block_offline(keeper, why); // its event is dropped
    for (const auto end = clock_type::now() + patience;
         source.counts().rereads == 0 && clock_type::now() < end;) {
        for (const change& seen : source.next(socket, 100ms)) {
            if (seen.unit == unit_kind::memory && seen.index == block) {
                CHECK(seen == change{unit_kind::memory, *block, change_kind::disappeared, true});
            }
        }
    }
    CHECK(source.counts().overruns >= 1);
    CHECK(source.counts().rereads >= 1);
    if (block) {
        CHECK_FALSE(source.believed().memory_blocks.contains(*block));
    } else {
        MESSAGE("without a memory block: " << why);
    }
    REQUIRE(keeper.restore() == 0);
}

TEST_CASE("a message longer than the buffer is reported as truncated") {
    uevent_socket socket = must_open({.message_bytes = 32});
    REQUIRE(announce_processor(announced) == 0);
    CHECK(arrives(socket, receive_status::truncated));
}

TEST_CASE("a message of a program is told apart from the kernel's") {
    uevent_socket socket = must_open();
    sockaddr_nl to{};
    socklen_t length = sizeof to;
    REQUIRE(::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&to), &length) == 0);
    const int sender = ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    REQUIRE(sender >= 0);
    to.nl_groups = 0; // to this socket only: nobody else is to believe the lie
    const std::string lie = made("offline", "/devices/system/cpu/cpu0", "cpu");
    const auto sent =
        ::sendto(sender, lie.data(), lie.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    ::close(sender);
    REQUIRE(sent == static_cast<ssize_t>(lie.size()));
    live_source source;
    REQUIRE(source.start() == "");
    for (const auto end = clock_type::now() + patience;
         source.counts().foreign == 0 && clock_type::now() < end;) {
        (void)source.next(socket, 100ms);
    }
    CHECK(source.counts().foreign == 1);
    CHECK(source.believed().processors.contains(0));
}

TEST_CASE("a killed process leaves the machine as it was") {
    std::string why;
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t victim = ::fork();
    if (victim == 0) {
        state_keeper keeper;
        const int block = static_cast<int>(take_memory_block_offline(keeper, why).value_or(~0u));
        (void)!::write(ends[1], &block, sizeof block);
        for (;;) {
            ::pause(); // until it is killed
        }
    }
    REQUIRE(victim > 0);
    ::close(ends[1]);
    int block = -1;
    REQUIRE(::read(ends[0], &block, sizeof block) == sizeof block);
    ::close(ends[0]);
    uevent_socket socket = must_open();
    live_source source;
    REQUIRE(source.start() == "");
    REQUIRE(::kill(victim, SIGKILL) == 0);
    REQUIRE(::waitpid(victim, nullptr, 0) == victim);
    if (block < 0) {
        MESSAGE("skipped: no memory block went offline");
        return;
    }
    const auto index = static_cast<unsigned>(block);
    CHECK((source.believed().memory_blocks.contains(index) ||
           arrives(source, socket, {unit_kind::memory, index, change_kind::appeared})));
    CHECK(source.reader().online(unit_kind::memory, index));
}

int main(int count, char** words) {
    if (const uevent_socket::open_result opened = uevent_socket::open(); !opened.socket) {
        std::printf("skipped: %s\n", opened.reason.c_str());
        return skipped;
    }
    std::string why;
    const std::optional<unsigned> processor = find_announceable_processor(why);
    if (!processor) {
        std::printf("skipped: %s\n", why.c_str());
        return skipped;
    }
    announced = *processor;
    return doctest::Context(count, words).run();
}
