// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_KEY_TABLE_HPP
#define ASSENT_CORE_DETAIL_KEY_TABLE_HPP

// The channels of a keyed dispatcher, found without a lock, and reclaimed with the last of their nodes.
//
// An open-addressed table of channel pointers. Whoever looks a key up owns two frames: `table` shows the
// table while it is probed, `found` the candidate while its key is compared and its receivers are called. The walk
// may go on in the frame `table`: overwriting the position is what leaves the table.
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
//   * kind none, or symmetric from the start: a full fence; otherwise a light one
//
// Why a channel that V4 does not see is used by nobody: V3 puts a full barrier at some point p of every running
// thread (fenced: K5's fence and V3 are ordered). Published C before p: V4 sees it, or that it was left.
// After p: K6 follows p. It reads the slot changed by V1; or, probing a table that was replaced before V1, that
// `current` has changed. The same holds for a table with K2, K3 and R2. A slot that names C again at K6
// names a channel that was made at C's address since, which `found` then protects.

#include <assent/config.hpp>
#include <assent/core/detail/channel_table.hpp>
#include <assent/core/detail/embedding_channel.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/walk.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <new>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// std::hash may be the identity; the upper bits choose the slot and the lowest ones are the tag.
template <class Key> std::uint32_t mixed_hash(const Key& key) {
    std::uint64_t h = std::hash<Key>{}(key);
    h = (h ^ h >> 32) * 0x9E3779B97F4A7C15U;
    return static_cast<std::uint32_t>((h ^ h >> 29) * 0xBF58476D1CE4E5B9U >> 32);
}

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
    /// search only, and left as it is.
    template <class Fence> channel* find(const Key& key, Fence fence, frame& found, frame& table) const {
        const std::uint32_t hash = mixed_hash(key);
        for (;;) {
            slot_array* const slots = current_.load(std::memory_order_acquire); // K1
            if (slots == nullptr) return nullptr;
            publish(table.at, slots->pin()); // K2
            fence();
            if (current_.load(fenced_load) != slots) continue; // K3
            for (std::uint32_t i = slots->start(hash);; i = slots->after(i)) {
                const std::uintptr_t s = (*slots)[i].load(std::memory_order_acquire); // K4
                if (!slot_array::may_be(s, hash)) {
                    if (s == 0) return nullptr;
                    continue;
                }
                channel* const c = slot_array::channel_in(s);
                publish(found.at, c->pin()); // K5
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
        // The hashes spare comparing keys that cost more than they.
        if constexpr (!std::is_scalar_v<Key>)
            if (c.hash != hash) return false;
        return c.key == key;
    }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
