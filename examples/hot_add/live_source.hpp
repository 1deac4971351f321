// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_LIVE_SOURCE_HPP
#define ASSENT_EXAMPLES_HOT_ADD_LIVE_SOURCE_HPP

#include "sysfs_reader.hpp"
#include "uevent.hpp"
#include "uevent_socket.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hot_add {

enum class change_kind {
    appeared,      ///< was not online, now is
    disappeared,   ///< was online, now is not
    synthetic_add, ///< online before and after: somebody asked for an announcement of what exists
};

/// One change of the machine, in the order in which to apply it.
struct change {
    unit_kind unit;
    unsigned index;
    change_kind kind;
    bool from_reread = false; ///< found by reading sysfs after a loss, not told by an event

    bool operator==(const change&) const = default;
};

/// What has been seen so far. Every receive that is not a timeout counts in `received` and in exactly one of
/// the eight counters after it.
struct live_counts {
    std::uint64_t received = 0;
    std::uint64_t applied = 0;         ///< became a change
    std::uint64_t without_change = 0;  ///< processor or memory, but said what was known already
    std::uint64_t other_subsystem = 0; ///< neither a processor nor a memory block
    std::uint64_t malformed = 0;
    std::uint64_t truncated = 0;
    std::uint64_t overruns = 0;
    std::uint64_t foreign = 0; ///< sent by a program
    std::uint64_t errors = 0;  ///< the socket failed otherwise

    std::uint64_t rereads = 0;
    std::uint64_t failed_rereads = 0; ///< tried again later

    bool operator==(const live_counts&) const = default;
};

/// Turns the kernel's messages into changes of a believed set of processors and memory blocks, and repairs
/// the belief from sysfs whenever a message was lost. Serial numbers tell nothing about losses: other
/// subsystems' events consume them, too.
///
/// Threads  one thread.
class live_source {
public:
    explicit live_source(sysfs_reader reader = sysfs_reader()) : reader_(std::move(reader)) {}

    /// Takes what sysfs shows as the beginning. Open the socket before.
    ///
    /// @return  empty, or the reason why sysfs cannot be read.
    [[nodiscard]] std::string start() {
        sysfs_reading reading = reader_.read();
        if (reading) {
            believed_ = std::move(reading.units);
        }
        return std::move(reading.error);
    }

    [[nodiscard]] const unit_sets& believed() const noexcept { return believed_; }
    [[nodiscard]] const live_counts& counts() const noexcept { return counts_; }
    [[nodiscard]] const sysfs_reader& reader() const noexcept { return reader_; }
    /// A message was lost and sysfs has not been read since.
    [[nodiscard]] bool reread_due() const noexcept { return reread_due_; }
    /// The latest loss or failure, in words; empty if there was none.
    [[nodiscard]] const std::string& last_problem() const noexcept { return last_problem_; }

    /// Takes the next message from a socket (anything with `receive(milliseconds)`) and, when a loss has to
    /// be repaired and no more messages wait, reads sysfs. Call it in a loop.
    ///
    /// The messages that wait are older than what the kernel dropped, and it drops until they are taken:
    /// reading sysfs before would let an old message overwrite the newer state for good.
    template <class Socket>
    [[nodiscard]] std::vector<change> next(Socket& socket, std::chrono::milliseconds timeout) {
        if (reread_due_) {
            const receive_result waiting = socket.receive(std::chrono::milliseconds::zero());
            if (waiting.status != receive_status::timeout && waiting.status != receive_status::error) {
                return take(waiting);
            }
            if (auto changes = reread(); !reread_due_) {
                return changes;
            }
        }
        return take(socket.receive(timeout));
    }

    /// Takes what a socket gave. After it, reread_due() tells whether reread() has to follow once the
    /// socket is empty.
    [[nodiscard]] std::vector<change> take(const receive_result& received) {
        if (received.status == receive_status::timeout) {
            return {};
        }
        if (received.status == receive_status::message) {
            return take_bytes(received.bytes);
        }
        ++counts_.received;
        switch (received.status) {
        case receive_status::overrun:
            lost(counts_.overruns, "the socket's buffer overran");
            break;
        case receive_status::truncated:
            lost(counts_.truncated, "a message was longer than the buffer");
            break;
        case receive_status::foreign:
            ++counts_.foreign;
            break;
        default:
            lost(counts_.errors, "receiving failed, error " + std::to_string(received.error_number));
            break;
        }
        return {};
    }

    /// Takes the bytes of one datagram.
    [[nodiscard]] std::vector<change> take_bytes(std::string_view bytes) {
        ++counts_.received;
        const uevent_result parsed = parse_uevent(bytes);
        if (parsed) {
            return take_event(parsed.event);
        }
        if (parsed.error == uevent_error::not_from_kernel) {
            ++counts_.foreign; // nothing of the kernel's is lost with it
        } else {
            lost(parsed.error == uevent_error::truncated ? counts_.truncated : counts_.malformed,
                 "a message was malformed: " + std::string(describe(parsed.error)));
        }
        return {};
    }

    /// Reads sysfs and gives what differs from the belief: what went, then what came, processors first. If
    /// sysfs cannot be read, the belief stays and the reading stays due.
    [[nodiscard]] std::vector<change> reread() {
        sysfs_reading reading = reader_.read();
        if (!reading) {
            ++counts_.failed_rereads;
            last_problem_ = std::move(reading.error);
            reread_due_ = true;
            return {};
        }
        ++counts_.rereads;
        reread_due_ = false;
        std::vector<change> changes;
        append_missing(changes, believed_, reading.units, change_kind::disappeared);
        append_missing(changes, reading.units, believed_, change_kind::appeared);
        believed_ = std::move(reading.units);
        return changes;
    }

private:
    /// Appends what `from` holds and `in` does not.
    static void append_missing(std::vector<change>& changes, const unit_sets& from, const unit_sets& in,
                               change_kind kind) {
        for (const unit_kind unit : {unit_kind::processor, unit_kind::memory}) {
            for (const unsigned index : from.of(unit)) {
                if (!in.of(unit).contains(index)) {
                    changes.push_back({unit, index, kind, true});
                }
            }
        }
    }

    [[nodiscard]] std::vector<change> take_event(const uevent& event) {
        std::optional<unsigned> index;
        unit_kind unit = unit_kind::processor;
        if (event.subsystem == "cpu") {
            index = index_after(event.devpath, "/devices/system/cpu/cpu");
        } else if (event.subsystem == "memory") {
            unit = unit_kind::memory;
            index = index_after(event.devpath, "/devices/system/memory/memory");
        }
        if (!index) {
            ++counts_.other_subsystem;
            return {};
        }
        const std::optional<change_kind> kind = judge(event, unit, *index);
        if (!kind) {
            ++counts_.without_change;
            return {};
        }
        ++counts_.applied;
        if (*kind == change_kind::appeared) {
            believed_.of(unit).insert(*index);
        } else if (*kind == change_kind::disappeared) {
            believed_.of(unit).erase(*index);
        }
        return {change{unit, *index, *kind, false}};
    }

    /// What an event means, given what is believed. The kernel's own online, offline and remove are facts.
    /// An add is not: a new processor or memory block is offline at first and goes online with an event of
    /// its own, or is online already; sysfs tells. Synthetic events change nothing, whatever they say.
    [[nodiscard]] std::optional<change_kind> judge(const uevent& event, unit_kind unit,
                                                   unsigned index) const {
        const bool known = believed_.of(unit).contains(index);
        const bool synthetic = event.synthetic();
        if (event.action == "add" || (event.action == "online" && synthetic)) {
            if (known) {
                return change_kind::synthetic_add;
            }
            return reader_.online(unit, index) ? std::optional(change_kind::appeared) : std::nullopt;
        }
        if (event.action == "online" && !known) {
            return change_kind::appeared;
        }
        if ((event.action == "offline" || event.action == "remove") && known && !synthetic) {
            return change_kind::disappeared;
        }
        return std::nullopt;
    }

    void lost(std::uint64_t& counter, std::string problem) {
        ++counter;
        last_problem_ = std::move(problem);
        reread_due_ = true;
    }

    sysfs_reader reader_;
    unit_sets believed_;
    live_counts counts_;
    std::string last_problem_;
    bool reread_due_ = false;
};

} // namespace hot_add

#endif
