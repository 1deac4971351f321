// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_KEY_TABLE_HPP
#define ASSENT_CORE_DETAIL_KEY_TABLE_HPP

// The channels of a keyed dispatcher, found without a lock, and reclaimed with the last of their nodes.
//
// An open-addressed table of channel pointers. Whoever looks a key up owns two frames: `table` shows the
// table while it is probed, `found` the candidate while its key is compared and its receivers are called.
//
//   look up                                           channel C vacated (under the lock)
//   K1 t = current (acquire)                          V1 C's slot = removed (release)
//   K2 table.at = t (release); fence*                 V2 C joins the retired
//   K3 current (acquire) differs from t: K1           V3 for many at once: fence; heavy fence
//   K4 s = slot (acquire): no channel, or C           V4 scan all frames (acquire): delete those not shown
//   K5 found.at = C (release); fence*
//   K6 slot (acquire) differs from s, or              table replaced (under the lock)
//      current from t: K1                             R1 current = new table (release)
//   K7 C's key equals: found                          R2 fence; heavy fence; scan; delete if not shown
//   * kind none: a full fence; otherwise a light one
//
// Why a channel that V4 does not see is used by nobody: V3 puts a full barrier at some point p of every running
// thread (kind none: K5's fence and V3 are ordered). Published C before p: V4 sees it, or that it was left.
// After p: K6 follows p. It reads the slot changed by V1; or, probing a table that was replaced before V1, that
// `current` has changed. The same holds for a table with K2, K3 and R2. A slot that names C again at K6
// names a channel that was made at C's address since, which `found` then protects.

#include <assent/config.hpp>
#include <assent/core/detail/embedding_channel.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/registry.hpp>
#include <assent/core/detail/walk.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <thread>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// std::hash may be the identity; the upper bits choose the slot and the lowest ones are the tag.
template <class Key> std::uint32_t mixed_hash(const Key& key) {
    std::uint64_t h = std::hash<Key>{}(key);
    h = (h ^ h >> 32) * 0x9E3779B97F4A7C15U;
    return static_cast<std::uint32_t>((h ^ h >> 29) * 0xBF58476D1CE4E5B9U >> 32);
}

/// The slots and how far they are used. A slot is 0, `removed`, or a channel's address with some bits of its
/// hash below it, which spare most comparisons of keys.
class slot_array {
public:
    static constexpr std::uintptr_t removed = 1;
    /// Bits that are zero in the address of whatever `new` returns.
    static constexpr std::uintptr_t tag_bits =
        (__STDCPP_DEFAULT_NEW_ALIGNMENT__ < 16 ? __STDCPP_DEFAULT_NEW_ALIGNMENT__ : 16) - 1;

    /// Null: no memory.
    static slot_array* make(std::uint32_t capacity) noexcept {
        void* const memory =
            ::operator new(sizeof(slot_array) + capacity * sizeof(std::atomic<std::uintptr_t>), std::nothrow);
        return memory == nullptr ? nullptr : new (memory) slot_array(capacity);
    }
    static void free(slot_array* a) noexcept { ::operator delete(a); }

    static std::uintptr_t tagged(const channel& c) noexcept {
        return reinterpret_cast<std::uintptr_t>(&c) | (c.hash & tag_bits);
    }
    static channel* channel_in(std::uintptr_t slot) noexcept {
        return reinterpret_cast<channel*>(slot & ~tag_bits);
    }
    /// Whether the slot may hold a channel of that hash.
    static bool may_be(std::uintptr_t slot, std::uint32_t hash) noexcept {
        return slot > tag_bits && (slot & tag_bits) == (hash & tag_bits);
    }

    std::uint32_t start(std::uint32_t hash) const noexcept {
        return static_cast<std::uint32_t>(std::uint64_t{hash} * capacity >> 32);
    }
    std::uint32_t after(std::uint32_t i) const noexcept { return i + 1 == capacity ? 0 : i + 1; }
    std::uint32_t before(std::uint32_t i) const noexcept { return i == 0 ? capacity - 1 : i - 1; }
    std::atomic<std::uintptr_t>& operator[](std::uint32_t i) noexcept {
        return reinterpret_cast<std::atomic<std::uintptr_t>*>(this + 1)[i];
    }

    /// Room for one more is there. Under the lock, as all below.
    void insert(channel& c) noexcept {
        std::uint32_t i = start(c.hash);
        while ((*this)[i].load(std::memory_order_relaxed) > removed) i = after(i);
        if ((*this)[i].load(std::memory_order_relaxed) == 0) ++used;
        // Partner: K4; publishes the channel.
        (*this)[i].store(tagged(c), std::memory_order_release);
    }

    void erase(const channel& c) noexcept {
        std::uint32_t i = start(c.hash);
        while ((*this)[i].load(std::memory_order_relaxed) != tagged(c)) i = after(i);
        publish((*this)[i], removed); // V1
        if ((*this)[after(i)].load(std::memory_order_relaxed) != 0) return;
        // No search goes on behind it, so this and the removed before it end searches just as well.
        for (; (*this)[i].load(std::memory_order_relaxed) == removed; i = before(i)) {
            (*this)[i].store(0, std::memory_order_release);
            --used;
        }
    }

    const std::uint32_t capacity;
    std::uint32_t used = 0; ///< slots that are not 0; some stay 0, or a search would not end
    slot_array* next_retired = nullptr;

    /// What a frame shows that is probing.
    std::uintptr_t pin() const noexcept { return reinterpret_cast<std::uintptr_t>(this) | 1; }

private:
    explicit slot_array(std::uint32_t slots) noexcept : capacity(slots) {
        for (std::uint32_t i = 0; i < slots; ++i) new (&(*this)[i]) std::atomic<std::uintptr_t>(0);
    }
};

/// What key_table does whatever the key.
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
        if (retired_count_ > still_shown_ + live_ / 8 ||
            !in.home_domain->others_than(std::this_thread::get_id()))
            return sweep(in);
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
        full_fence();
        if (in.home_domain->others_than(std::this_thread::get_id())) in.home_domain->fence_others();
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

    /// V3 and V4.
    channel* sweep(registry& in) noexcept {
        if (in.home_domain->others_than(std::this_thread::get_id())) in.home_domain->fence_others();
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

/// The channels of a keyed dispatcher, one for each key that somebody is registered for.
template <class Key> class key_table : public channel_table {
public:
    ~key_table() { free(take_all()); }

    /// Null: nobody is registered for the key. Under the lock.
    channel* find(const Key& key) const {
        slot_array* const slots = current_.load(std::memory_order_relaxed);
        if (slots == nullptr) return nullptr;
        const std::uint32_t hash = mixed_hash(key);
        for (std::uint32_t i = slots->start(hash);; i = slots->after(i)) {
            const std::uintptr_t s = (*slots)[i].load(std::memory_order_relaxed);
            if (s == 0) return nullptr;
            if (slot_array::may_be(s, hash) && is(s, hash, key)) return slot_array::channel_in(s);
        }
    }

    /// The same without the lock: `found` shows the channel, which stays as long as it does. `table` is for the
    /// search only.
    channel* find(const Key& key, frame_scope& found, frame_scope& table, bool strict) const {
        const std::uint32_t hash = mixed_hash(key);
        const auto fence = [strict] { strict ? full_fence() : light_fence(); };
        found.show_strictly(strict);
        table.show_strictly(strict);
        for (;;) {
            slot_array* const slots = current_.load(std::memory_order_acquire); // K1
            if (slots == nullptr) return nullptr;
            table.publish_at(slots->pin()); // K2
            fence();
            if (current_.load(fenced_load) != slots) continue; // K3
            for (std::uint32_t i = slots->start(hash);; i = slots->after(i)) {
                const std::uintptr_t s = (*slots)[i].load(std::memory_order_acquire); // K4
                if (s == 0) return nullptr;
                if (!slot_array::may_be(s, hash)) continue;
                channel* const c = slot_array::channel_in(s);
                found.publish_at(c->pin()); // K5
                fence();
                if ((*slots)[i].load(fenced_load) != s || current_.load(fenced_load) != slots) break; // K6
                if (is(s, hash, key)) return c;                                                       // K7
            }
        }
    }

    /// Errors  std::bad_alloc, what copying or comparing keys throws; nothing changed. Under the lock.
    channel& find_or_make(registry& in, const Key& key) {
        if (channel* const present = find(key)) return *present;
        make_room(in);
        auto* const made = new (std::nothrow) keyed_channel(in, key);
        if (made == nullptr) out_of_memory();
        insert(*made);
        return *made;
    }

    /// Deletes the channels of a list.
    static void free(channel* c) noexcept {
        while (c != nullptr) delete static_cast<keyed_channel*>(std::exchange(c, c->next_retired));
    }

private:
    struct keyed_channel : embedding_channel {
        keyed_channel(registry& of, const Key& of_key) : embedding_channel(of), key(of_key) {
            hash = mixed_hash(key);
        }
        const Key key;
    };

    static bool is(std::uintptr_t slot, std::uint32_t hash, const Key& key) {
        const auto& c = *static_cast<const keyed_channel*>(slot_array::channel_in(slot));
        return c.hash == hash && c.key == key;
    }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
