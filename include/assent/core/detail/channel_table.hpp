// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_CHANNEL_TABLE_HPP
#define ASSENT_CORE_DETAIL_CHANNEL_TABLE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/block.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/registry.hpp>
#include <assent/core/detail/slot_array.hpp>
#include <assent/core/fence.hpp>

#include <atomic>
#include <cstdint>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// What key_table does whatever the key; the steps V1 to V4, R1 and R2 of its protocol.
class channel_table {
public:
    channel_table() noexcept = default;
    channel_table(const channel_table&) = delete;
    channel_table& operator=(const channel_table&) = delete;
    ~channel_table() {
        slot_array::free(current_.load(std::memory_order_relaxed));
        for (slot_array* a = replaced_; a != nullptr;) slot_array::free(std::exchange(a, a->next_retired));
    }

    /// Nobody is registered for the channel's key any more. Under the lock.
    /// @return  channels that nobody uses, to be deleted when the lock is given back.
    channel* vacate(registry& in, channel& c) noexcept {
        slot_array& slots = *current_.load(std::memory_order_relaxed);
        slots.erase(c);
        --live_;
        c.next_retired = retired_;
        retired_ = &c;
        ++retired_count_;
        if (slots.capacity > least && live_ < slots.capacity / 8)
            static_cast<void>(rebuild(in, 2 * live_ + least));
        full_fence();
        // One heavy fence for many: as long as they are few beside those in use, or unless it is free.
        if (retired_count_ > still_shown_ + live_ / 8 || !in.others()) return sweep(in);
        return nullptr;
    }

    template <class Visit> void for_each(Visit visit) {
        slot_array* const slots = current_.load(std::memory_order_relaxed);
        for (std::uint32_t i = 0; slots != nullptr && i < slots->capacity; ++i)
            if (const std::uintptr_t s = (*slots)[i].load(std::memory_order_relaxed);
                s > slot_array::tag_bits)
                visit(*slot_array::channel_in(s));
    }

    /// Whether the position is one of a look-up or a walk of this table. Under the lock.
    bool contains(std::uintptr_t at) noexcept {
        if (!block::is_pin(at)) return in_blocks(at);
        for (slot_array* a = replaced_; a != nullptr; a = a->next_retired)
            if (a->pin() == at) return true;
        for (channel* c = retired_; c != nullptr; c = c->next_retired)
            if (c->pin() == at) return true;
        slot_array* const slots = current_.load(std::memory_order_relaxed);
        if (slots != nullptr && slots->pin() == at) return true;
        bool found = in_blocks(at);
        for_each([&](channel& c) { found = found || c.pin() == at; });
        return found;
    }

protected:
    /// Room for one more channel. Errors  std::bad_alloc, nothing changed. Under the lock.
    void make_room(registry& in) {
        const slot_array* const slots = current_.load(std::memory_order_relaxed);
        if (slots != nullptr && slots->used + 1 <= slots->capacity / 4 * 3) return;
        // Twice what is needed; the same size again if much was removed.
        if (!rebuild(in, 2 * (live_ + 1) + least)) out_of_memory();
    }

    void insert(channel& c) noexcept {
        current_.load(std::memory_order_relaxed)->insert(c);
        ++live_;
    }

    channel* take_all() noexcept {
        channel* all = std::exchange(retired_, nullptr);
        for_each([&](channel& c) {
            c.next_retired = all;
            all = &c;
        });
        return all;
    }

    std::atomic<slot_array*> current_{nullptr}; ///< null until somebody registers

private:
    static constexpr std::uint32_t least = 8; ///< slots

    bool in_blocks(std::uintptr_t at) {
        bool found = false;
        for_each([&](channel& c) { found = found || c.contains(at); });
        return found;
    }

    /// False: no memory, nothing changed.
    bool rebuild(registry& in, std::uint32_t wanted) noexcept {
        slot_array* const fresh = slot_array::make(wanted);
        if (fresh == nullptr) return false;
        for_each([&](channel& c) { fresh->insert(c); });
        slot_array* const old = current_.load(std::memory_order_relaxed);
        publish(current_, fresh); // R1
        if (old == nullptr) return true;
        old->next_retired = replaced_;
        replaced_ = old;
        fence_look_ups(in);
        for (slot_array** link = &replaced_; *link != nullptr;) {
            slot_array* const a = *link;
            if (in.shows(a->pin())) {
                link = &a->next_retired;
            } else {
                *link = a->next_retired;
                slot_array::free(a);
            }
        }
        return true;
    }

    /// R2, V3.
    static void fence_look_ups(registry& in) noexcept { in.fence_walks((in.mode & run::symmetric) == 0); }

    /// V3 and V4.
    channel* sweep(registry& in) noexcept {
        fence_look_ups(in);
        // `nodes` is zero in all of them: it serves as the mark.
        in.for_each_position([&](record&, frame&, std::uintptr_t at) {
            if (block::is_pin(at))
                for (channel* c = retired_; c != nullptr; c = c->next_retired) c->nodes += c->pin() == at;
            return true;
        });
        channel* unused = nullptr;
        still_shown_ = 0;
        for (channel** link = &retired_; *link != nullptr;) {
            channel* const c = *link;
            if (std::exchange(c->nodes, 0U) != 0) {
                ++still_shown_;
                link = &c->next_retired;
            } else {
                *link = c->next_retired;
                c->next_retired = unused;
                unused = c;
            }
        }
        retired_count_ = still_shown_;
        return unused;
    }

    std::uint32_t live_ = 0;
    slot_array* replaced_ = nullptr; ///< tables that a look-up may still probe
    channel* retired_ = nullptr;     ///< channels without nodes that a walk may still use
    std::uint32_t retired_count_ = 0;
    std::uint32_t still_shown_ = 0; ///< of the retired, at the last sweep
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
