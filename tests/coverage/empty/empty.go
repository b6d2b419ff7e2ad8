package empty

const Zero = 0
