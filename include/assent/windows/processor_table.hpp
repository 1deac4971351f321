// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PROCESSOR_TABLE_HPP
#define ASSENT_WINDOWS_PROCESSOR_TABLE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/processor.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/processor_change.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace assent::windows {

/// Which processors there are: index ↔ number, and which of them run. Indexes are handed out in the order of
/// arrival, numbers from the lowest free one; both hold from the moment an addition starts (W51).
/// Threads  everything; a query sees one consistent state.
class processor_table {
public:
    /// @param maximum  how many there can be; at least one
    explicit processor_table(ULONG maximum) : maximum_(std::max<ULONG>(maximum, 1)) {}

    ULONG maximum() const noexcept { return maximum_; }
    ULONG maximum_in(USHORT group) const noexcept {
        const ULONG first = ULONG{group} * per_group;
        return first >= maximum_ ? 0 : std::min<ULONG>(per_group, maximum_ - first);
    }

    /// A processor being added, told from a later attempt that gets the same index and number.
    struct attempt {
        processor what;
        std::uint64_t serial = 0;
    };

    /// Keeps a place for one more, and the number if one is asked for. Ends with release().
    /// Errors  STATUS_INSUFFICIENT_RESOURCES: the maximum is reached. STATUS_INVALID_PARAMETER: the number is taken,
    ///         or beyond the maximum.
    NTSTATUS reserve(const std::optional<ULONG>& number) {
        const std::lock_guard guard(lock_);
        if (number && (*number >= maximum_ || taken(*number))) return STATUS_INVALID_PARAMETER;
        if (known_.size() + reserved_.size() >= maximum_) return STATUS_INSUFFICIENT_RESOURCES;
        reserved_.push_back(number);
        return STATUS_SUCCESS;
    }

    /// Turns a reservation into a processor that is not running yet. Additions begin one at a time.
    attempt begin(const std::optional<ULONG>& reserved) {
        const std::lock_guard guard(lock_);
        // Whatever is not running now belongs to an attempt that failed and has not said so yet.
        while (!known_.empty() && !known_.back().running) known_.pop_back();
        ULONG number = 0;
        if (reserved) {
            number = *reserved;
        } else {
            while (taken(number)) ++number;
        }
        const attempt begun{append(number), serial_};
        reserved_.erase(std::find(reserved_.begin(), reserved_.end(), reserved));
        return begun;
    }

    void started(const attempt& a) {
        const std::lock_guard guard(lock_);
        known_[a.what.index].running = true;
    }

    /// The addition is over, one way or the other; `begun` is empty if it did not get that far.
    void release(const std::optional<ULONG>& reserved, const std::optional<attempt>& begun) {
        const std::lock_guard guard(lock_);
        if (!begun) {
            reserved_.erase(std::find(reserved_.begin(), reserved_.end(), reserved));
        } else if (!known_.empty() && known_.back().serial == begun->serial && !known_.back().running) {
            known_.pop_back();
        }
    }

    /// A processor that is there from the beginning. Nothing: the number is taken or beyond the maximum.
    std::optional<processor> install(ULONG number) {
        const std::lock_guard guard(lock_);
        if (number >= maximum_ || taken(number)) return std::nullopt;
        const processor p = append(number);
        known_.back().running = true;
        return p;
    }

    /// Running processors of a group, or of all with ALL_PROCESSOR_GROUPS.
    ULONG active(USHORT group) const {
        const std::lock_guard guard(lock_);
        return static_cast<ULONG>(std::count_if(known_.begin(), known_.end(), [&](const entry& e) {
            return e.running && (group == ALL_PROCESSOR_GROUPS || e.what.number.Group == group);
        }));
    }
    KAFFINITY mask(USHORT group) const {
        const std::lock_guard guard(lock_);
        KAFFINITY m = 0;
        for (const entry& e : known_)
            if (e.running && e.what.number.Group == group) m |= KAFFINITY{1} << e.what.number.Number;
        return m;
    }
    std::optional<PROCESSOR_NUMBER> number_of(ULONG index) const {
        const std::lock_guard guard(lock_);
        if (index >= known_.size()) return std::nullopt;
        return known_[index].what.number;
    }
    bool running(ULONG index) const {
        const std::lock_guard guard(lock_);
        return index < known_.size() && known_[index].running;
    }
    std::optional<ULONG> index_of(const PROCESSOR_NUMBER& number) const {
        const std::lock_guard guard(lock_);
        for (const entry& e : known_)
            if (e.what.number.Group == number.Group && e.what.number.Number == number.Number)
                return e.what.index;
        return std::nullopt;
    }

private:
    static constexpr ULONG per_group = MAXIMUM_PROC_PER_GROUP;
    struct entry {
        processor what;
        std::uint64_t serial = 0;
        bool running = false;
    };

    bool taken(ULONG number) const {
        return std::find(reserved_.begin(), reserved_.end(), std::optional<ULONG>(number)) !=
                   reserved_.end() ||
               std::any_of(known_.begin(), known_.end(),
                           [&](const entry& e) { return flat(e.what.number) == number; });
    }

    static ULONG flat(const PROCESSOR_NUMBER& n) noexcept { return n.Group * per_group + n.Number; }

    processor append(ULONG number) {
        processor p;
        p.index = static_cast<ULONG>(known_.size());
        p.number.Group = static_cast<USHORT>(number / per_group);
        p.number.Number = static_cast<UCHAR>(number % per_group);
        known_.push_back({p, ++serial_, false});
        return p;
    }

    mutable std::mutex lock_;
    std::vector<entry> known_;
    std::vector<std::optional<ULONG>>
        reserved_; ///< additions in progress, with the number if one was asked for
    std::uint64_t serial_ = 0;
    ULONG maximum_;
};

} // namespace assent::windows

#endif
