// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_INTERFACE_TABLE_HPP
#define ASSENT_WINDOWS_INTERFACE_TABLE_HPP

#include <assent/config.hpp>
#include <assent/windows/device.hpp>
#include <assent/windows/interface_change.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace assent::windows {

using wide_string = std::basic_string<WCHAR>;
using wide_view = std::basic_string_view<WCHAR>;

/// `{97fadb10-4e33-40ae-359c-8bef029dbdd0}`
inline std::string guid_text(const GUID& g) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text = "{";
    const auto put = [&](std::uint64_t value, int bytes) {
        for (int shift = 8 * bytes - 4; shift >= 0; shift -= 4) text += digits[(value >> shift) & 15];
    };
    put(g.Data1, 4);
    text += '-';
    put(g.Data2, 2);
    text += '-';
    put(g.Data3, 2);
    text += '-';
    put(g.Data4[0], 1);
    put(g.Data4[1], 1);
    text += '-';
    for (int i = 2; i < 8; ++i) put(g.Data4[i], 1);
    return text += '}';
}

/// Which interfaces are registered and which are enabled.
/// Threads  everything; nothing of a driver runs under its lock.
class interface_table {
public:
    enum class change { done, already, unknown };

    struct entry {
        std::shared_ptr<const device_interface> what;
        const device* of;
        wide_string reference;
        std::uint64_t number; ///< in the order of registration
        bool enabled = false;
        bool announced = false; ///< enabled, and its device started: drivers have been told, or will be
    };

    /// Finds the interface of that class and reference on the device, or makes it, not enabled.
    /// @return the interface, and whether it was there before. Null: the device is gone.
    std::pair<std::shared_ptr<const device_interface>, bool> add(const device& on, const interface_class& of,
                                                                 wide_view reference) {
        const std::lock_guard guard(lock_);
        if (on.gone_) return {nullptr, false};
        auto& mine = of_device_[&on];
        for (const entry* e : mine)
            if (e->what->of == of && e->reference == reference) return {e->what, true};
        auto made = std::make_shared<device_interface>();
        made->of = of;
        append(made->name, "\\??\\");
        append(made->name, on.path());
        append(made->name, "#");
        append(made->name, guid_text(of.guid));
        if (!reference.empty()) {
            append(made->name, "\\");
            made->name.append(reference);
        }
        if (mine.size() == mine.capacity()) mine.reserve(2 * mine.size() + 1); // nothing below fails half-way
        mine.push_back(
            &by_name_.emplace(made->name, entry{made, &on, wide_string(reference), ++last_})->second);
        return {made, false};
    }

    /// Undoes an add() that could not be told to its caller.
    void forget(const std::shared_ptr<const device_interface>& which) {
        const std::lock_guard guard(lock_);
        const auto it = place_of(which);
        if (it == by_name_.end() || it->second.enabled) return;
        std::erase(of_device_[it->second.of], &it->second);
        by_name_.erase(it);
    }

    /// W48, W19. on_change(interface, arrives) runs under the lock, on a real transition that drivers are to hear
    /// of: what it queues is in the order of the changes.
    template <class OnChange> change set(wide_view name, bool enabled, OnChange on_change) {
        const std::lock_guard guard(lock_);
        const auto it = by_name_.find(name);
        if (it == by_name_.end()) return change::unknown;
        entry& e = it->second;
        if (e.enabled == enabled) return change::already;
        announce(e, enabled && e.of->started_, on_change);
        e.enabled = enabled;
        return change::done;
    }

    /// The device has started: its enabled interfaces become known.
    template <class OnChange> void start(device& d, OnChange on_change) {
        const std::lock_guard guard(lock_);
        d.started_ = true;
        for (entry* e : of_device_[&d])
            if (e->enabled) announce(*e, true, on_change);
    }

    /// The device goes: its interfaces are disabled and forgotten (W19).
    template <class OnChange> void remove(device& d, OnChange on_change) {
        const std::lock_guard guard(lock_);
        d.gone_ = true;
        const auto mine = of_device_.find(&d);
        if (mine == of_device_.end()) return;
        for (entry* e : mine->second) announce(*e, false, on_change);
        for (const entry* e : mine->second) by_name_.erase(place_of(e->what));
        of_device_.erase(mine);
    }

    /// The device whose interface the symbolic link names, in letters of either case. Null: none is enabled.
    const device* device_of(wide_view link) const {
        const std::lock_guard guard(lock_);
        for (const auto& [name, e] : by_name_)
            if (e.enabled && same_name(name, link)) return e.of;
        return nullptr;
    }

    /// All, in the order of registration.
    std::vector<entry> snapshot() const {
        std::vector<entry> all;
        {
            const std::lock_guard guard(lock_);
            for (const auto& named : by_name_) all.push_back(named.second);
        }
        std::sort(all.begin(), all.end(), [](const entry& a, const entry& b) { return a.number < b.number; });
        return all;
    }

private:
    template <class OnChange> static void announce(entry& e, bool known, OnChange& on_change) {
        if (e.announced == known) return;
        on_change(e.what, known);
        e.announced = known;
    }

    static bool same_name(wide_view a, wide_view b) noexcept {
        const auto fold = [](WCHAR c) { return c >= 'a' && c <= 'z' ? static_cast<WCHAR>(c - 32) : c; };
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [&](WCHAR x, WCHAR y) { return fold(x) == fold(y); });
    }

    static void append(wide_string& to, std::string_view ascii) {
        for (const char c : ascii) to += static_cast<WCHAR>(static_cast<unsigned char>(c));
    }

    struct name_hash {
        using is_transparent = void;
        std::size_t operator()(wide_view name) const noexcept { return std::hash<wide_view>{}(name); }
    };

    // Of several: devices that were given the same path have the same names.
    using entries = std::unordered_multimap<wide_string, entry, name_hash, std::equal_to<>>;

    entries::iterator place_of(const std::shared_ptr<const device_interface>& which) {
        const auto [first, end] = by_name_.equal_range(which->name);
        const auto it = std::find_if(first, end, [&](const auto& e) { return e.second.what == which; });
        return it == end ? by_name_.end() : it;
    }

    mutable std::mutex lock_;
    entries by_name_;
    std::unordered_map<const device*, std::vector<entry*>> of_device_;
    std::uint64_t last_ = 0;
};

} // namespace assent::windows

#endif
