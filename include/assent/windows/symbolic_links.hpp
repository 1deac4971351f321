// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_SYMBOLIC_LINKS_HPP
#define ASSENT_WINDOWS_SYMBOLIC_LINKS_HPP

#include <assent/config.hpp>
#include <assent/windows/interface_table.hpp>

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace assent::windows {

/// The names beside \Device\ that drivers give to devices: \DosDevices\ and its other spelling, \??\.
/// Threads  everything.
class symbolic_links {
public:
    /// False: there is one of this name.
    bool add(wide_view name, wide_view target) {
        const std::lock_guard guard(lock_);
        if (at(name) != links_.end()) return false;
        links_.emplace_back(spelled(name), wide_string(target));
        return true;
    }
    bool remove(wide_view name) {
        const std::lock_guard guard(lock_);
        const auto it = at(name);
        if (it == links_.end()) return false;
        links_.erase(it);
        return true;
    }
    /// What the name stands for; itself, if it is no link.
    wide_string resolve(wide_view name) const {
        const std::lock_guard guard(lock_);
        const auto it = at(name);
        return it == links_.end() ? wide_string(name) : it->second;
    }

private:
    using links = std::vector<std::pair<wide_string, wide_string>>;

    static wide_string spelled(wide_view name) {
        static constexpr std::string_view from = "\\DosDevices\\";
        static constexpr std::string_view to = "\\??\\";
        if (name.size() < from.size() || !std::equal(from.begin(), from.end(), name.begin()))
            return wide_string(name);
        wide_string shorter(to.begin(), to.end());
        return shorter += name.substr(from.size());
    }
    links::const_iterator at(wide_view name) const {
        return std::find_if(links_.begin(), links_.end(),
                            [key = spelled(name)](const auto& l) { return l.first == key; });
    }

    mutable std::mutex lock_;
    links links_;
};

} // namespace assent::windows

#endif
