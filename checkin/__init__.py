"""今日驻村登记: one tap a day, one point when tapped; every attempt is kept."""
