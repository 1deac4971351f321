// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_KEY_TABLE_HPP
#define ASSENT_CORE_DETAIL_KEY_TABLE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/registry.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <unordered_map>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// The channels of a keyed dispatcher, one for each key that somebody is registered for. A channel goes
/// with the last of its nodes; a walk of it counts as one, so nothing shows its blocks by then.
/// Threads  everything under the registry's lock.
template <class Key> class key_table {
public:
    /// Null: nobody is registered for the key.
    channel* find(const Key& key) noexcept {
        const auto it = channels_.find(key);
        return it == channels_.end() ? nullptr : it->second.get();
    }

    /// Errors  std::bad_alloc, nothing changed.
    channel& find_or_make(registry& in, const Key& key) {
        if (channel* const present = find(key)) return *present;
        auto made = std::unique_ptr<keyed_channel>(new (std::nothrow) keyed_channel(in, key));
        if (made == nullptr) out_of_memory();
        return *channels_.emplace(key, std::move(made)).first->second;
    }

    /// Nobody is registered for the channel's key any more.
    void vacate(channel& c) noexcept { channels_.erase(channels_.find(static_cast<keyed_channel&>(c).key)); }

    template <class Visit> void for_each(Visit visit) {
        for (auto& [key, c] : channels_) visit(*c);
    }

private:
    struct keyed_channel : channel {
        keyed_channel(registry& of_registry, const Key& of_key) : channel(of_registry), key(of_key) {}
        Key key;
    };

    std::unordered_map<Key, std::unique_ptr<keyed_channel>> channels_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
